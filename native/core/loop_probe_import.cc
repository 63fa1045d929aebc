#include "core/loop_probe_import.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace reuseport {
namespace {

bool is_function_slot(uint64_t type) {
#if defined(__x86_64__)
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
  return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT;
#else
  (void)type;
  return false;
#endif
}

struct Range {
  uintptr_t start = 0;
  uintptr_t end = 0;
  bool contains(uintptr_t address) const { return address >= start && address < end; }
};

/** One loaded object: its program headers, and the tables that its dynamic section names. */
struct Object {
  uintptr_t base = 0;
  std::string path;
  std::vector<Range> segments;
  Range relro;
  const ElfW(Sym) * symbols = nullptr;
  const char* strings = nullptr;
  struct Table {
    const ElfW(Rela) * entries = nullptr;
    size_t bytes = 0;
  };
  /** DT_JMPREL and DT_RELA: JUMP_SLOT entries are in the first, GLOB_DAT entries in the second. */
  Table plt;
  Table rela;

  bool contains(uintptr_t address) const {
    for (const Range& segment : segments) {
      if (segment.contains(address)) {
        return true;
      }
    }
    return false;
  }
};

void read_dynamic(Object& object, const ElfW(Dyn) * dynamic) {
  // glibc turns these into addresses as it loads, musl leaves offsets.
  auto address = [&](const ElfW(Dyn) & entry) {
    return entry.d_un.d_ptr < object.base ? entry.d_un.d_ptr + object.base : entry.d_un.d_ptr;
  };
  for (const ElfW(Dyn)* entry = dynamic; entry->d_tag != DT_NULL; entry++) {
    switch (entry->d_tag) {
    case DT_SYMTAB:
      object.symbols = reinterpret_cast<const ElfW(Sym)*>(address(*entry));
      break;
    case DT_STRTAB:
      object.strings = reinterpret_cast<const char*>(address(*entry));
      break;
    case DT_JMPREL:
      object.plt.entries = reinterpret_cast<const ElfW(Rela)*>(address(*entry));
      break;
    case DT_PLTRELSZ:
      object.plt.bytes = entry->d_un.d_val;
      break;
    case DT_RELA:
      object.rela.entries = reinterpret_cast<const ElfW(Rela)*>(address(*entry));
      break;
    case DT_RELASZ:
      object.rela.bytes = entry->d_un.d_val;
      break;
    default:
      break;
    }
  }
}

Object read_object(const dl_phdr_info& info) {
  Object object;
  object.base = info.dlpi_addr;
  object.path = info.dlpi_name[0] == '\0' ? "the main program" : info.dlpi_name;
  const ElfW(Dyn)* dynamic = nullptr;
  for (size_t i = 0; i < info.dlpi_phnum; i++) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    Range range{info.dlpi_addr + header.p_vaddr, info.dlpi_addr + header.p_vaddr + header.p_memsz};
    if (header.p_type == PT_LOAD) {
      object.segments.push_back(range);
    } else if (header.p_type == PT_GNU_RELRO) {
      // The dynamic linker protects whole pages within the range.
      auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
      object.relro = {range.start & ~(page - 1), range.end & ~(page - 1)};
    } else if (header.p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(range.start);
    }
  }
  if (dynamic != nullptr) {
    read_dynamic(object, dynamic);
  }
  return object;
}

void add_slots(const Object& object, const Object::Table& table, const char* function, std::vector<ImportSlot>& slots) {
  for (size_t i = 0; i < table.bytes / sizeof(ElfW(Rela)); i++) {
    const ElfW(Rela)& entry = table.entries[i];
    if (!is_function_slot(ELF64_R_TYPE(entry.r_info))) {
      continue;
    }
    const ElfW(Sym)& symbol = object.symbols[ELF64_R_SYM(entry.r_info)];
    if (std::strcmp(object.strings + symbol.st_name, function) == 0) {
      uintptr_t where = object.base + entry.r_offset;
      auto pointer = reinterpret_cast<void**>(where);
      bool unresolved = object.contains(reinterpret_cast<uintptr_t>(*pointer));
      slots.push_back({pointer, object.relro.contains(where), unresolved});
    }
  }
}

struct Search {
  uintptr_t code;
  bool found;
  Object object;
};

int visit(dl_phdr_info* info, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  Object object = read_object(*info);
  if (!object.contains(search.code)) {
    return 0;
  }
  search.object = std::move(object);
  search.found = true;
  return 1;
}

} // namespace

std::vector<ImportSlot> find_import(const void* code, const char* function, std::string& why) {
  Search search{reinterpret_cast<uintptr_t>(code), false, {}};
  ::dl_iterate_phdr(visit, &search);
  std::vector<ImportSlot> slots;
  const Object& object = search.object;
  if (search.found && object.symbols != nullptr && object.strings != nullptr) {
    add_slots(object, object.plt, function, slots);
    add_slots(object, object.rela, function, slots);
  }
  if (slots.empty()) {
    why = std::string(function) + " is not imported by " + (search.found ? object.path : "any loaded object") +
          " (a static build, or another processor than x86-64 and arm64)";
  }
  return slots;
}

int store_import(const ImportSlot& slot, void* target) {
  auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto start = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot.entry) & ~(page - 1));
  // An entry is aligned to its own size, so it never lies on two pages.
  if (slot.read_only && ::mprotect(start, page, PROT_READ | PROT_WRITE) != 0) {
    return errno;
  }
  // Other threads call through the entry at this moment.
  std::atomic_ref<void*>(*slot.entry).store(target, std::memory_order_release);
  if (slot.read_only) {
    // Should this fail, the page only stays writable.
    (void)::mprotect(start, page, PROT_READ);
  }
  return 0;
}

} // namespace reuseport
