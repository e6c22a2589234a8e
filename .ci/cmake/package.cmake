# What an installation consists of beside the programs, and the Debian packages made of it: shans (client),
# shans-server, shans-common (texts of both). ./run package makes them.
set(package_dir ${CMAKE_SOURCE_DIR}/.ci/package)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # tests need not be built for a package
add_custom_target(programs DEPENDS shans shans-server translations man)

install(FILES ${package_dir}/shans-server.service DESTINATION /lib/systemd/system COMPONENT shans-server)
install(FILES ${package_dir}/server.conf DESTINATION /etc/shans COMPONENT shans-server)
# Manual pages, compressed as Debian wants them: section 1 is of the client, section 8 of the server.
foreach(part "shans;1" "shans-server;8")
  list(GET part 0 owner)
  list(GET part 1 section)
  install(CODE "
    file(GLOB_RECURSE pages RELATIVE ${CMAKE_BINARY_DIR}/man ${CMAKE_BINARY_DIR}/man/*.${section})
    foreach(page \${pages})
      set(to \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/\${page}.gz\")
      get_filename_component(folder \${to} DIRECTORY)
      file(MAKE_DIRECTORY \${folder})
      execute_process(COMMAND gzip -9nc ${CMAKE_BINARY_DIR}/man/\${page} OUTPUT_FILE \${to} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()" COMPONENT ${owner})
endforeach()
# Debian wants a changelog and a copyright in every package.
file(READ ${package_dir}/changelog changelog)
string(REGEX REPLACE "^shans \\([^)]*\\)" "shans (${SHANS_VERSION})" changelog "${changelog}")
file(WRITE ${CMAKE_BINARY_DIR}/package/changelog "${changelog}")
execute_process(COMMAND gzip -9nk -f ${CMAKE_BINARY_DIR}/package/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(name shans shans-server shans-common)
  install(FILES ${CMAKE_BINARY_DIR}/package/changelog.gz ${package_dir}/copyright DESTINATION share/doc/${name}
          COMPONENT ${name})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME shans)
set(CPACK_PACKAGE_VERSION ${SHANS_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL shans shans-server shans-common)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Shans developers <shans@example.org>")
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(common_needed "shans-common (= ${SHANS_VERSION})")

set(CPACK_DEBIAN_SHANS_PACKAGE_NAME shans)
set(CPACK_DEBIAN_SHANS_PACKAGE_DEPENDS "${common_needed}")
set(CPACK_COMPONENT_SHANS_DESCRIPTION "support of schools with low results: client
Schools type or import their figures, offline if need be; districts check
them; the ministry classifies schools by the rule it has chosen and shows for
every conclusion the figures it rests on.")

set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_NAME shans-server)
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_DEPENDS "${common_needed}, adduser")
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_RECOMMENDS "postgresql (>= 15), postgresql-15 (>= 15.20)")
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_SUGGESTS haproxy)
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_CONTROL_EXTRA
    "${package_dir}/conffiles;${package_dir}/postinst;${package_dir}/prerm;${package_dir}/postrm")
set(CPACK_DEBIAN_SHANS-SERVER_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENT_SHANS-SERVER_DESCRIPTION "support of schools with low results: server
Takes what schools and districts send, keeps it in PostgreSQL with row-level
security, classifies schools and publishes lists as numbered editions.")

set(CPACK_DEBIAN_SHANS-COMMON_PACKAGE_NAME shans-common)
set(CPACK_DEBIAN_SHANS-COMMON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SHANS-COMMON_PACKAGE_SHLIBDEPS OFF)
set(CPACK_COMPONENT_SHANS-COMMON_DESCRIPTION "support of schools with low results: texts
Russian texts of the client and the server.")
include(CPack)
