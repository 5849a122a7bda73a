#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pumice/backend.hpp"

namespace pumice {

/// At most one backend a GPU, so that what they lock of the host does not add up.
class WarmBackends::Shelf {
 public:
  /// What a backend was made with.
  struct Wanted {
    int ordinal = 0;
    std::string module_directory;
    DeviceSettings settings;
    bool operator==(const Wanted&) const = default;
  };

  /// Null where none waits that was made so; one of that GPU that was made otherwise ends.
  [[nodiscard]] std::unique_ptr<Backend> take(const Wanted& wanted) {
    Place found = remove(wanted.ordinal);
    return found.wanted == wanted ? std::move(found.backend) : nullptr;
  }

  void put(const Wanted& wanted, std::unique_ptr<Backend> backend) {
    const std::lock_guard lock(mutex_);
    if (!is_closed_ && find(wanted.ordinal) == places_.end()) {
      places_.push_back({wanted, std::move(backend)});
    }
  }

  /// Ends those that wait; closed, it takes none any more.
  void clear(bool closes) {
    std::vector<Place> ended;
    const std::lock_guard lock(mutex_);
    is_closed_ = is_closed_ || closes;
    ended.swap(places_);
  }

 private:
  struct Place {
    Wanted wanted;
    std::unique_ptr<Backend> backend;
  };

  std::vector<Place>::iterator find(int ordinal) {
    return std::find_if(places_.begin(), places_.end(),
                        [ordinal](const Place& place) { return place.wanted.ordinal == ordinal; });
  }

  Place remove(int ordinal) {
    const std::lock_guard lock(mutex_);
    const auto found = find(ordinal);
    if (found == places_.end()) {
      return {};
    }
    Place place = std::move(*found);
    places_.erase(found);
    return place;
  }

  std::mutex mutex_;
  std::vector<Place> places_;
  bool is_closed_ = false;
};

WarmBackends::WarmBackends() : shelf_(std::make_shared<Shelf>()) {}

WarmBackends::~WarmBackends() { shelf_->clear(true); }

std::shared_ptr<Backend> WarmBackends::lend(int ordinal, const std::string& module_directory,
                                            const DeviceSettings& settings) {
  const Shelf::Wanted wanted{ordinal, module_directory, settings};
  std::unique_ptr<Backend> backend = shelf_->take(wanted);
  if (!backend || !backend->renew()) {
    backend.reset();  // first: it has memory that the new one wants
    backend = make_cuda_backend(ordinal, module_directory, settings);
  }
  return {backend.release(),
          [shelf = shelf_, wanted](Backend* back) { shelf->put(wanted, std::unique_ptr<Backend>(back)); }};
}

void WarmBackends::clear() { shelf_->clear(false); }

void WarmBackends::forget() {
  static auto* const left = new std::vector<std::shared_ptr<Shelf>>;  // no destructor may touch them
  left->push_back(std::move(shelf_));
  shelf_ = std::make_shared<Shelf>();
}

}  // namespace pumice
