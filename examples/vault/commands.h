#ifndef EXAMPLES_VAULT_COMMANDS_H_
#define EXAMPLES_VAULT_COMMANDS_H_

#include "arguments.h"

namespace vault_tool {

/// The commands. Each returns the exit status of the tool, having written its output, or on
/// standard error why not.
int init(const Arguments& arguments);
int put(const Arguments& arguments);
int get(const Arguments& arguments);
int list(const Arguments& arguments);
int remove(const Arguments& arguments);
int rotate(const Arguments& arguments);
int rewrap(const Arguments& arguments);
int shred(const Arguments& arguments);
int destroy_kek(const Arguments& arguments);
int backup(const Arguments& arguments);
int restore(const Arguments& arguments);
int prune(const Arguments& arguments);
int verify(const Arguments& arguments);
int doctor(const Arguments& arguments);

}  // namespace vault_tool

#endif  // EXAMPLES_VAULT_COMMANDS_H_
