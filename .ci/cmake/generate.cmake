# Generated code: protobuf-c from proto/, embedded SQL, the reason table, the compiled catalogue.

file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/shans/v1/*.proto)
set(proto_sources "")
foreach(proto ${protos})
  get_filename_component(stem ${proto} NAME_WE)
  set(out ${SHANS_GEN}/shans/v1/${stem}.pb-c)
  add_custom_command(OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} -E make_directory ${SHANS_GEN}
    COMMAND protoc-c -I${CMAKE_SOURCE_DIR}/proto --c_out=${SHANS_GEN} ${proto}
    DEPENDS ${protos} VERBATIM)
  list(APPEND proto_sources ${out}.c)
endforeach()
add_library(proto STATIC ${proto_sources})
target_include_directories(proto PUBLIC ${SHANS_GEN})
target_link_libraries(proto PUBLIC PkgConfig::PROTOBUF_C)
target_compile_options(proto PRIVATE -w)

# shans_embed(target symbol root glob...): a library holding the files as a table `symbol`.
function(shans_embed target symbol root)
  set(patterns "")
  foreach(pattern ${ARGN})
    list(APPEND patterns ${root}/${pattern})
  endforeach()
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  string(REPLACE ";" "|" joined "${files}")
  set(out ${SHANS_GEN}/embed/${symbol}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} -DROOT=${root} "-DFILES=${joined}"
            -P ${CMAKE_SOURCE_DIR}/.ci/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/.ci/cmake/embed.cmake VERBATIM)
  add_library(${target} STATIC ${out})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()

shans_embed(sql sql_files ${CMAKE_SOURCE_DIR}/sql migrations/*.sql queries/*.sql outbox/*.sql)
shans_embed(reasons reason_files ${CMAKE_SOURCE_DIR}/common/base/reasons *.tsv)

# The catalogue compiler runs at build time; its output is the shipped, hashed definition bytes.
if(EXISTS ${CMAKE_SOURCE_DIR}/client/compile/compile_main.c)
  file(GLOB_RECURSE definitions CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/common/catalog/*.yaml)
  add_custom_command(OUTPUT ${SHANS_GEN}/catalog/catalog.bin
    COMMAND ${CMAKE_COMMAND} -E make_directory ${SHANS_GEN}/catalog
    COMMAND shans-compile --out ${SHANS_GEN}/catalog/catalog.bin ${CMAKE_SOURCE_DIR}/common/catalog
    DEPENDS shans-compile ${definitions} VERBATIM)
  add_custom_command(OUTPUT ${SHANS_GEN}/embed/catalog_files.c
    COMMAND ${CMAKE_COMMAND} -DOUT=${SHANS_GEN}/embed/catalog_files.c -DSYMBOL=catalog_files
            -DROOT=${SHANS_GEN}/catalog -DFILES=${SHANS_GEN}/catalog/catalog.bin
            -P ${CMAKE_SOURCE_DIR}/.ci/cmake/embed.cmake
    DEPENDS ${SHANS_GEN}/catalog/catalog.bin VERBATIM)
  add_library(builtin_catalog STATIC ${SHANS_GEN}/embed/catalog_files.c)
  target_include_directories(builtin_catalog PRIVATE ${CMAKE_SOURCE_DIR})
  add_executable(shans-compile ${CMAKE_SOURCE_DIR}/client/compile/compile_main.c)
  target_link_libraries(shans-compile PRIVATE client_compile)
else()
  add_library(builtin_catalog INTERFACE)
endif()
