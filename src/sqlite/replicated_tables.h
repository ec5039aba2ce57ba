#ifndef COEFFICIENT_SRC_SQLITE_REPLICATED_TABLES_H_
#define COEFFICIENT_SRC_SQLITE_REPLICATED_TABLES_H_

#include <array>
#include <string_view>

#include "coefficient/version.h"

COEFFICIENT_BEGIN_NAMESPACE
namespace sqlite {

/// A table whose changes are recorded: all but the changelog itself and meta.
struct ReplicatedTable {
  const char* name;
  int columns;
  int key_columns;  ///< The primary key is the first of them, in order.
};

/// Those of schema version 1. A later version appends what it adds.
inline constexpr std::array<ReplicatedTable, 6> kReplicatedTables = {{
    {"record", 8, 3},
    {"high_water", 7, 3},
    {"data_key", 5, 1},
    {"data_key_wrap", 7, 2},
    {"data_keys_revision", 2, 1},
    {"kek", 7, 3},
}};

}  // namespace sqlite
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_SQLITE_REPLICATED_TABLES_H_
