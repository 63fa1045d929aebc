#include "core/v8_stack.h"

#include <cerrno>
#include <dlfcn.h>
#include <sstream>

namespace reuseport {
namespace {

// v8::Isolate::TryGetCurrent()
constexpr const char* kCurrent = "_ZN2v87Isolate13TryGetCurrentEv";
// v8::Isolate::RequestInterrupt(void (*)(v8::Isolate*, void*), void*)
constexpr const char* kRequest = "_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_";
// v8::Message::PrintCurrentStackTrace(v8::Isolate*, std::ostream&), to Node 22
constexpr const char* kPrint = "_ZN2v87Message22PrintCurrentStackTraceEPNS_7IsolateERSo";
// The same with a filter, bool (*)(v8::Isolate*, v8::Local<v8::String>), from Node 24 on. No filter shows every frame.
constexpr const char* kPrintFiltered =
    "_ZN2v87Message22PrintCurrentStackTraceEPNS_7IsolateERSoPFbS2_NS_5LocalINS_6StringEEEE";

template <class Function>
Function find(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

} // namespace

Result<V8Stack> V8Stack::of_this_thread() {
  V8Stack stack;
  auto current = find<GetCurrent>(kCurrent);
  stack.request_ = find<RequestInterrupt>(kRequest);
  stack.print_ = find<Print>(kPrint);
  stack.print_filtered_ = find<PrintFiltered>(kPrintFiltered);
  if (current == nullptr || stack.request_ == nullptr) {
    return Failure{ENOSYS, "dlsym", "v8::Isolate::RequestInterrupt"};
  }
  if (stack.print_ == nullptr && stack.print_filtered_ == nullptr) {
    return Failure{ENOSYS, "dlsym", "v8::Message::PrintCurrentStackTrace"};
  }
  stack.isolate_ = current();
  if (stack.isolate_ == nullptr) {
    return Failure{ENOSYS, "v8::Isolate::TryGetCurrent", "this thread"};
  }
  return stack;
}

void V8Stack::request(Interrupt interrupt, void* data) const {
  request_(isolate_, interrupt, data);
}

std::string V8Stack::print() const {
  std::ostringstream out;
  if (print_filtered_ != nullptr) {
    print_filtered_(isolate_, out, nullptr);
  } else {
    print_(isolate_, out);
  }
  return out.str();
}

} // namespace reuseport
