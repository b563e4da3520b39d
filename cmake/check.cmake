# cmake -P cmake/check.cmake: makes build/check, whose ctest runs the tests of both trees.
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
file(WRITE ${root}/build/check/CTestTestfile.cmake "subdirs(\"${root}/build/asan\" \"${root}/build\")\n")
