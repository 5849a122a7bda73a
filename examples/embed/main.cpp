// Features from within a C++ program: embed FOLDER TABLE
#include <pumice/error.hpp>
#include <pumice/extract.hpp>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed FOLDER TABLE\n";
    return 2;
  }
  pumice::ExtractOptions options;
  options.input.inputs = {argv[1]};
  options.output = argv[2];
  options.features = {"basic"};
  try {
    const pumice::ExtractReport report = pumice::extract(options);
    std::cout << report.rows << " rows, " << report.feature_columns << " columns, on " << report.device << '\n';
  } catch (const pumice::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
