#include "cli/events.h"

#ifdef WICK_WITH_LOG
#include <algorithm>

#include <wick/core/str.h>
#include <wick/log/summary_writer.h>
#include <wick/train/tensorboard.h>

namespace wick::cli {
namespace {

// A log that lacks something is no reason to lose a run.
template <class F>
void attempt(const F& f) noexcept {
  try {
    f();
  } catch (const std::exception&) {
  }
}

}  // namespace

class Events::Board : public train::TensorBoard {
 public:
  Board(const std::string& dir, const Task& task, const Network& network) : TensorBoard(dir), task_(task), network_(network) {}
  void on_fit_begin(train::TrainerBase& t) override {
    const bool first = !writes();
    TensorBoard::on_fit_begin(t);
    if (!writes() || !first) return;
    attempt([&] { about(); });
    attempt([&] { samples(); });
    attempt([&] { graph(); });
  }

 private:
  void about() {
    std::string text = str("| | |\n|---|---|\n| task | ", task_.name, " |\n| model | ", network_.text, " |\n");
    for (const auto& [key, value] : task_.facts) text += str("| ", key, " | ", value, " |\n");
    writer().add_text("about", text, 0);
  }
  // Those that are as large as the first as one picture.
  void samples() {
    const HeldOut& h = task_.held_out;
    if (!h.picture) return;
    std::vector<Tensor> pictures;
    const size_t n = std::min<size_t>(h.source.n, 16);
    for (size_t i = 0; i < n; ++i) {
      const Tensor p = h.picture(i * h.source.n / n);
      if (pictures.empty() || p.sizes() == pictures[0].sizes()) pictures.push_back(p);
    }
    if (!pictures.empty()) writer().add_images("samples/" + h.name, stack(pictures), 0);
  }
  void graph() {
    Source source = task_.held_out.source;
    const size_t one[] = {0};
    const Tensor x = source.get_batch(one).data;
    writer().add_graph_of(*network_.module, {x}, [&](const std::vector<Tensor>& in) { return std::vector<Tensor>{network_.forward(in[0])}; });
  }
  const Task& task_;
  const Network& network_;
};

Events::Events(std::string dir, const Task& task, const RunOptions& options, const Network& network)
    : dir_(std::move(dir)), task_(task), o_(options), board_(std::make_shared<Board>(dir_, task, network)) {
  if (o_.system_metrics > 0) board_->system_seconds(std::max(0.05, o_.system_metrics));
}
Events::~Events() = default;
std::shared_ptr<train::Callback> Events::callback() const { return board_; }

void Events::finish(const Scores& held) {
  attempt([&] {
    std::unique_ptr<logging::SummaryWriter> own;
    if (!board_->writes()) own = std::make_unique<logging::SummaryWriter>(dir_);  // of a head that was fitted at once
    logging::SummaryWriter& w = own ? *own : board_->writer();
    const bool classes = !task_.classes.empty();
    if (classes && held.confusion.defined() && held.confusion.size(0) <= 30)
      w.add_figure("confusion/" + task_.held_out.name,
                   logging::Figure(logging::FigureOptions().title("confusion").x_label("predicted").y_label("actual")).heatmap(held.confusion.to(kDouble), task_.classes, task_.classes, held.confusion.size(0) <= 12), 0);
    logging::HParams h;
    h.add({"task", task_.name});
    if (task_.settings.contains("network")) {
      const Json& network = task_.settings["network"];
      h.add({"model", network.contains("name") ? network["name"].get<std::string>() : network.value("kind", "")});
    }
    if (!task_.fit) {
      h.add({"epochs", o_.epochs});
      h.add({"batch_size", o_.batch_size});
      h.add({"lr", o_.lr});
      h.add({"label_smoothing", o_.label_smoothing});
      h.add({"bf16", o_.bf16});
    }
    h.add({"seed", o_.seed});
    const std::string name = "held_out/" + task_.held_out.name;
    if (classes) w.add_hparams(h, {{name + "_accuracy", held.accuracy}, {name + "_loss", held.loss}}, {}, ".");
    else w.add_hparams(h, {{name + "_mae", held.mae}, {name + "_r2", held.r2}}, {}, ".");
    w.flush();
  });
}

}  // namespace wick::cli

#else

namespace wick::cli {

class Events::Board {};
Events::Events(std::string dir, const Task& task, const RunOptions& options, const Network&) : dir_(std::move(dir)), task_(task), o_(options) {}
Events::~Events() = default;
std::shared_ptr<train::Callback> Events::callback() const { return nullptr; }
void Events::finish(const Scores&) {}

}  // namespace wick::cli
#endif
