#include "leaving_lines.h"

#include <gtest/gtest.h>

#include <string>

#include "coefficient/diff/minimizer.h"

namespace {

using gateway::LeavingLines;

// The JSON that the library makes of a diff with these changed lines.
std::string minimized(const std::string& lines, std::size_t added, std::size_t removed) {
  const std::string diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1," +
                           std::to_string(removed) + " +1," + std::to_string(added) + " @@\n" +
                           lines;
  const auto minimizer = coefficient::diff::Minimizer::create({});
  EXPECT_TRUE(minimizer);
  auto made =
      minimizer->minimize({.title = {}, .description = {}, .diff = std::as_bytes(std::span(diff))});
  EXPECT_TRUE(made);
  return made->json;
}

TEST(LeavingLines, AreTakenOneByOneWhateverTheirBytes) {
  LeavingLines lines(minimized("-a\n-\xff\xfe\n+a\n+a\n+\"\\\x01\n", 3, 2));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines.take("+a"));
  EXPECT_TRUE(lines.take("+a"));
  EXPECT_FALSE(lines.take("+a"));
  EXPECT_TRUE(lines.take("-a"));
  EXPECT_TRUE(lines.take("-\xff\xfe"));
  EXPECT_EQ(lines.size(), 1U);  // the control character is shown as text
  EXPECT_EQ(lines.altered(), 1U);
}

TEST(LeavingLines, WhatIsNotVerbatimSaysSo) {
  const std::string token = "ghp_" + std::string(36, 'x').replace(0, 6, "a1B2c3");
  LeavingLines lines(minimized("+t = " + token + "\n+\xe2\x80\xae\n+" + std::string(9000, 'y') +
                                   "\n+[REDACTED:text#1] of the author\n",
                               4, 0));
  EXPECT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines.altered(), 4U);
  EXPECT_TRUE(lines.take("+[REDACTED:text#1] of the author"));
  EXPECT_EQ(lines.altered(), 3U);
  EXPECT_FALSE(lines.take("+t = " + token));
}

TEST(LeavingLines, NoLinesOfWhatIsNoSuchJson) {
  for (const char* text : {"", "[]", "{}", "{\"files\":[]}", "{\"files\":[{}]}",
                           "{\"files\":[{\"hunks\":[[{\"op\":\"+\"},{\"text\":\"a\"},"
                           "{\"op\":\"+\",\"text_base64\":\"!\"}]]}]}"})
    EXPECT_EQ(LeavingLines(text).size(), 0U) << text;
}

}  // namespace
