#pragma once

#include <atomic>
#include <cstring>
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

/**
 * Puts `hook` into every slot of `name` in the object that holds the code at `code`; `original` is what it calls on.
 * Empty, or why it could not be done.
 */
template <class Function>
std::string replace_import(const void* code, const char* name, std::atomic<Function>& original, Function hook) {
  std::string why;
  for (const ImportSlot& slot : find_import(code, name, why)) {
    auto found = reinterpret_cast<Function>(*slot.entry);
    if (found == hook) {
      continue;
    }
    // Somebody may have been here before us: then we call them. An unresolved entry would be overwritten by its first
    // call, so there we call the function itself.
    if (!slot.unresolved) {
      original.store(found, std::memory_order_relaxed);
    }
    if (int error = store_import(slot, reinterpret_cast<void*>(hook)); error != 0) {
      return std::string("mprotect of the import table: ") + std::strerror(error);
    }
  }
  return why;
}

} // namespace reuseport
