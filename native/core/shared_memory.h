#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <string>
#include <utility>

namespace reuseport {

/** Anonymous memory with a descriptor, close-on-exec, of that size, which nobody can make smaller any more. */
Result<UniqueFd> create_memfd(const std::string& name, size_t bytes);

/** Memory of a descriptor, seen by every process that maps it. Unmapped when the object goes. */
class SharedMapping {
public:
  /** Of a memfd or an mmapable BPF map; the descriptor may be closed afterwards. */
  static Result<SharedMapping> open(int fd, size_t bytes);

  SharedMapping(SharedMapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedMapping& operator=(SharedMapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;
  ~SharedMapping();

  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

private:
  SharedMapping(std::byte* data, size_t size) : data_(data), size_(size) {}

  std::byte* data_;
  size_t size_;
};

} // namespace reuseport
