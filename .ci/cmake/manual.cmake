# Manual pages and completions, printed by the programs themselves: build/man (man1, man8, ru/man1, ru/man8) and
# build/completions (bash, zsh, fish). `ninja man` makes them; so does a whole build.
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/made
  COMMAND ${CMAKE_SOURCE_DIR}/.ci/manual ${CMAKE_BINARY_DIR}
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/man/made
  DEPENDS shans shans-server translations ${po_dir}/shans.mo ${CMAKE_SOURCE_DIR}/.ci/manual VERBATIM)
add_custom_target(man ALL DEPENDS ${CMAKE_BINARY_DIR}/man/made)
install(FILES ${CMAKE_BINARY_DIR}/completions/bash/shans DESTINATION share/bash-completion/completions COMPONENT shans)
install(FILES ${CMAKE_BINARY_DIR}/completions/zsh/_shans DESTINATION share/zsh/vendor-completions COMPONENT shans)
install(FILES ${CMAKE_BINARY_DIR}/completions/fish/shans.fish DESTINATION share/fish/vendor_completions.d COMPONENT shans)
install(FILES ${CMAKE_BINARY_DIR}/completions/bash/shans-server DESTINATION share/bash-completion/completions COMPONENT shans-server)
install(FILES ${CMAKE_BINARY_DIR}/completions/zsh/_shans-server DESTINATION share/zsh/vendor-completions COMPONENT shans-server)
install(FILES ${CMAKE_BINARY_DIR}/completions/fish/shans-server.fish DESTINATION share/fish/vendor_completions.d COMPONENT shans-server)
