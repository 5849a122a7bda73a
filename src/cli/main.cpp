#include <fmt/core.h>

int main() {
  fmt::print("pumice {}\n", PUMICE_VERSION);
  return 0;
}
