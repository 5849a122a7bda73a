// The entry of the Arrow module.
#include "core/module.hpp"
#include "io/arrow/arrow_parts.hpp"
#include "io/table_arrow.hpp"

PUMICE_DEFINE_MODULE_VERSION

namespace pumice {
namespace {

class Tables : public ArrowTables {
 public:
  [[nodiscard]] std::unique_ptr<TableWriter> open_writer(const std::string& path, const TableSchema& schema,
                                                         TableFormat format) const override {
    return open_arrow_writer(path, schema, format);
  }
  [[nodiscard]] Table read(const std::string& path, TableFormat format) const override {
    return read_arrow_table(path, format);
  }
  [[nodiscard]] TableSchema read_schema(const std::string& path, TableFormat format) const override {
    return read_arrow_schema(path, format);
  }
};

}  // namespace
}  // namespace pumice

extern "C" __attribute__((visibility("default"))) pumice::ArrowTables* pumice_make_arrow_tables();
extern "C" pumice::ArrowTables* pumice_make_arrow_tables() { return std::make_unique<pumice::Tables>().release(); }
