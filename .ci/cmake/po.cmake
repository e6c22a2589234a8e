# Russian texts: po/header.po + po/parts/*.po -> build/locale/ru/LC_MESSAGES/shans.mo, where the programs of the
# build folder look for them. msgfmt --check refuses broken formats and plural forms.
file(GLOB po_parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/parts/*.po)
set(po_dir ${CMAKE_BINARY_DIR}/locale/ru/LC_MESSAGES)
add_custom_command(OUTPUT ${po_dir}/shans.mo
  COMMAND ${CMAKE_COMMAND} -E make_directory ${po_dir}
  COMMAND ${CMAKE_SOURCE_DIR}/.ci/po ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/ru.po
  COMMAND msgfmt --check -o ${po_dir}/shans.mo ${CMAKE_BINARY_DIR}/ru.po
  DEPENDS ${CMAKE_SOURCE_DIR}/.ci/po ${CMAKE_SOURCE_DIR}/po/header.po ${po_parts} VERBATIM)
add_custom_target(translations ALL DEPENDS ${po_dir}/shans.mo)
install(FILES ${po_dir}/shans.mo DESTINATION share/locale/ru/LC_MESSAGES COMPONENT shans-common)
