#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace reuseport {

enum class BpfMapType { kArray, kReuseportSockarray };

struct BpfMapOptions {
  BpfMapType type = BpfMapType::kArray;
  uint32_t key_bytes = 0;
  uint32_t value_bytes = 0;
  uint32_t max_entries = 0;
  /** BPF_F_MMAPABLE, Linux 5.5; arrays only. */
  bool mmapable = false;
  std::string name;
};

/** The sizes that the kernel copies for one key and one value. */
struct BpfMapSizes {
  uint32_t key_bytes;
  uint32_t value_bytes;
};

struct BpfMapInfo {
  uint32_t id;
  /** BPF_MAP_TYPE_… */
  uint32_t type;
  uint32_t key_bytes;
  uint32_t value_bytes;
  uint32_t max_entries;
  bool mmapable;
};

Result<UniqueFd> bpf_create_map(const BpfMapOptions& options);
/** EINVAL when the descriptor is none of a map. */
Result<BpfMapInfo> bpf_map_info(int fd);
/** `purpose` for messages, as in "MAP_UPDATE_ELEM". EOPNOTSUPP for maps with a value per CPU. */
Result<BpfMapSizes> bpf_map_sizes(int fd, const char* purpose);

/** The spans must have the sizes of the map: the kernel reads and writes as much as the map says. */
Result<Done> bpf_update(int fd, std::span<const std::byte> key, std::span<const std::byte> value);
Result<Done> bpf_delete(int fd, std::span<const std::byte> key);
/** False when there is no such element. */
Result<bool> bpf_lookup(int fd, std::span<const std::byte> key, std::span<std::byte> value);

} // namespace reuseport
