#pragma once

#include <string>
#include <vector>

namespace reuseport {

/** Where a loaded program or library keeps the address of a function that it imports (an entry of its GOT). */
struct ImportSlot {
  void** entry;
  /** The dynamic linker has made it read-only after relocation (RELRO). */
  bool read_only;
  /** It still points into the object itself: the dynamic linker has not looked the function up yet. */
  bool unresolved;
};

/** The slots of `function` in the object that holds the code at `code`. Empty, and `why` is set, when there is none. */
std::vector<ImportSlot> find_import(const void* code, const char* function, std::string& why);

/** Stores into the slot, whatever its protection; 0 or an errno. */
int store_import(const ImportSlot& slot, void* target);

} // namespace reuseport
