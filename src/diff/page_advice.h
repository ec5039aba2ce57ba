#ifndef COEFFICIENT_SRC_DIFF_PAGE_ADVICE_H_
#define COEFFICIENT_SRC_DIFF_PAGE_ADVICE_H_

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
/// What the kernel is told about the memory of a large output. To have its pages made one by one,
/// each by a fault, takes a sixth of all the time on a machine of its own, and two thirds in some
/// virtual ones. It is only advice: nothing depends on its being taken, and a kernel that does not
/// know it does what it did before.
namespace diff::detail::page_advice {

/// Asks for the whole pages in [from, to), which are about to be written to, all at once
/// (MADV_POPULATE_WRITE, Linux 5.14).
void populate(char* from, char* to) noexcept;

/// Asks that [from, to) is made of huge pages when it is written to (MADV_HUGEPAGE).
void prefer_huge(char* from, char* to) noexcept;

/// Gives back the whole pages in [from, to), of which nothing is read again: the rest of a huge
/// page (MADV_DONTNEED).
void give_back(char* from, char* to) noexcept;

}  // namespace diff::detail::page_advice
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_DIFF_PAGE_ADVICE_H_
