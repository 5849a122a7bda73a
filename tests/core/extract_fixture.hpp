/// A folder of small files, and the options of a run over them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "pumice/error.hpp"
#include "pumice/extract.hpp"
#include "pumice/table.hpp"
#include "support/temporary_folder.hpp"

namespace pumice::testing_support {

class Extract : public testing::Test {
 protected:
  [[nodiscard]] ExtractOptions options(const std::string& output = "t.csv") const {
    ExtractOptions options;
    options.input.inputs = {folder_ / "in"};
    options.output = folder_ / output;
    options.features = {"maximum", "mean"};
    options.device.kind = DeviceRequest::Kind::kCpu;
    options.threads = 2;
    return options;
  }
  /// Three good segments of two channels; the second channel of `9` has a gap.
  void write_segments() const {
    folder_.write("in/7.csv", "a,b\n1,10\n2,20\n3,60\n");
    folder_.write("in/8.csv", "a,b\n4,1\n5,1\n9,1\n");
    folder_.write("in/9.csv", "a,b\n-1,\n-2,4\n-6,2\n");
  }
  [[nodiscard]] Table table(const std::string& name = "t.csv") const { return read_table(folder_ / name); }
  [[nodiscard]] static std::vector<double> numbers(const Table& table, const std::string& column) {
    const int place = table.find(column);
    if (place < 0) {
      ADD_FAILURE() << "no column " << column;
      return {};
    }
    const ColumnValues& values = table.data.columns[static_cast<std::size_t>(place)];
    return values.numbers.empty() ? std::vector<double>(values.integers.begin(), values.integers.end())
                                  : values.numbers;
  }
  static std::string message_of(const ExtractOptions& options) {
    try {
      static_cast<void>(extract(options));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryFolder folder_;
};

}  // namespace pumice::testing_support
