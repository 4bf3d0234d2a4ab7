// Commands with many options, added to the program.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wick::cli {

using Action = std::function<int()>;
// Each sets `action` if its command was asked for.
void add_train(CLI::App& app, Action& action);
void add_launch(CLI::App& app, Action& action);
void add_scale(CLI::App& app, Action& action);
void add_tune(CLI::App& app, Action& action);
void add_dist(CLI::App& app, Action& action);
void add_profile(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_use(CLI::App& app, Action& action);   // eval, predict, data
void add_data_check(CLI::App& data, Action& action);
void add_text(CLI::App& app, Action& action);  // embed, answer, generate, where there is wick::text
void add_board(CLI::App& app, Action& action);

}  // namespace wick::cli
