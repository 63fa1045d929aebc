#include "core/proc_numbers.h"

#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <memory>
#include <string_view>

namespace reuseport {
namespace {

struct Closer {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

Result<std::vector<int>> read_numbers(const std::string& folder) {
  std::unique_ptr<DIR, Closer> all(::opendir(folder.c_str()));
  int code = errno;
  if (all == nullptr) {
    return Failure{code, "opendir", folder};
  }
  std::vector<int> numbers;
  while (const dirent* entry = ::readdir(all.get())) {
    std::string_view name = entry->d_name;
    int number = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{}) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

} // namespace reuseport
