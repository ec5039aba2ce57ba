# Runs `gateway demo` as a newcomer would, in a repository and outside of one, and looks for the
# lines that matter.
function(check_demo directory title)
  execute_process(COMMAND "${GATEWAY}" demo WORKING_DIRECTORY "${directory}"
    OUTPUT_VARIABLE page ERROR_VARIABLE complaint RESULT_VARIABLE status TIMEOUT 100)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "exit status ${status}\n${complaint}\n${page}")
  endif()
  foreach(line
      "${title}"
      "signed as GitHub signs +202 accepted +yes"
      "under a fresh delivery id +200 duplicate +yes"
      "flipped on the way +401 bad_signature +yes"
      "no signature at all +401 missing_header +yes"
      "an hour ago +401 too_old +yes"
      "one over the cap +413 body_too_large +yes"
      "counted by git itself too +[0-9]+ files, [0-9]+ lines +yes"
      "leave but are not changed +0 of [0-9]+ +yes"
      "processed +1 delivery, 1 result +yes"
      "planted in planted/deploy.py +\\[REDACTED:github-token +yes"
      "reordered by invisible characters +shown as \\\\u{202E} +yes"
      "a lock file of 22 lines +listed, \\+22, no line left +yes"
      "checked by doing it again +none wrong +yes"
      "would leave +withheld"
      "Verdict: all 13 as they should be")
    if(NOT page MATCHES "${line}")
      message(FATAL_ERROR "the page lacks: ${line}\n${page}")
    endif()
  endforeach()
endfunction()

if(EXISTS "${REPOSITORY}/.git")
  check_demo("${REPOSITORY}" "the newest commits of this repository|a sample of two commits")
endif()
check_demo("/" "a sample of two commits")
