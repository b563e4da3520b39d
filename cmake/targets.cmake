# The three kinds of target there are. New .c files are picked up by the build itself.

# bulkhead_library(NAME FOLDER DEPENDENCY...): all of FOLDER's .c files, without main.c, and without the folders inside that
# have a CMakeLists.txt, since those are libraries of their own
function(bulkhead_library name folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.c$")
  file(GLOB parts ${folder}/*/CMakeLists.txt)
  foreach(part ${parts})
    get_filename_component(part ${part} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${part}/")
  endforeach()
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARGN})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${BULKHEAD_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()

# bulkhead_program(NAME FOLDER LIBRARY...): FOLDER/main.c with the libraries
function(bulkhead_program name folder)
  if(NOT EXISTS ${folder}/main.c)
    return()
  endif()
  add_executable(${name} ${folder}/main.c)
  target_compile_options(${name} PRIVATE ${BULKHEAD_WARNINGS})
  target_compile_definitions(${name} PRIVATE BULKHEAD_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()

# bulkhead_test(NAME SOURCE LABEL LIBRARY...): one test program
function(bulkhead_test name source label)
  add_executable(${name} ${source})
  target_compile_options(${name} PRIVATE ${BULKHEAD_WARNINGS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARGN})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 300
    ENVIRONMENT "CK_DEFAULT_TIMEOUT=60") # sanitizers on a busy machine
endfunction()
