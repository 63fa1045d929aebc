#pragma once

#include "core/result.h"

#include <iosfwd>
#include <string>

namespace reuseport {

/**
 * What V8 offers to read the stack of running JavaScript, for the isolate of the thread that looked it up. The
 * functions are found in the program by their mangled names, which hold the types of their arguments: a Node whose
 * functions differ does not have them, instead of being called wrongly, and nothing has to be compiled for each of
 * Node's ABIs.
 */
class V8Stack {
public:
  using Interrupt = void (*)(void* isolate, void* data);

  /** ENOSYS where the program does not export one of the functions, or the thread runs no JavaScript. */
  static Result<V8Stack> of_this_thread();

  /**
   * From any thread: has `interrupt` called on the isolate's own thread as soon as that runs JavaScript, between two
   * steps of it: at the head of a function or the end of a loop's body, also of a regular expression's. Maybe never.
   */
  void request(Interrupt interrupt, void* data) const;

  /** Within such a call: a line for each frame, the innermost first. */
  std::string print() const;

private:
  using GetCurrent = void* (*)();
  using RequestInterrupt = void (*)(void* isolate, Interrupt, void* data);
  using Print = void (*)(void* isolate, std::ostream& out);
  using PrintFiltered = void (*)(void* isolate, std::ostream& out, bool (*filter)(void*, void*));

  void* isolate_ = nullptr;
  RequestInterrupt request_ = nullptr;
  Print print_ = nullptr;
  PrintFiltered print_filtered_ = nullptr;
};

} // namespace reuseport
