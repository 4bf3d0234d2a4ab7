// A training that is started again after a rank was killed, and must end as if nothing had happened: to the bit. crashes.sh kills.
#include <chrono>
#include <fstream>
#include <thread>

#include <unistd.h>

#include <wick/train/checkpoint.h>

#include "ddp.h"

using namespace wick;

void crash(const std::string& engine) {
  const char *folder = std::getenv("WICK_TEST_DIR"), *steps = std::getenv("WICK_TEST_STEPS"), *again = std::getenv("WICK_RESTART");
  const std::string dir = folder ? folder : ".";
  const int64_t last = steps ? std::atoi(steps) : 300;
  try {
    ddp::begin(engine);
    // Who may be killed, and in which try: a member of the group, whose end the others tell.
    std::ofstream(dir + "/pids", std::ios::app) << wick::str("rank ", std::getenv("RANK"), " try ", again ? again : "0", " pid ", getpid(), "\n") << std::flush;
    const int me = ddp::me;
    manual_seed(1);
    ddp::Mlp net;
    nn::parallel::DistributedDataParallel<ddp::Mlp> model(net);
    optim::AdamW optimizer(model.parameters(), optim::AdamWOptions(1e-3));
    int64_t step = 0;
    train::State state;
    state.add("model", *net).add("optimizer", optimizer).add("step", step);
    std::unique_ptr<train::Checkpointer> checkpoints;
    if (me == 0) {
      checkpoints = std::make_unique<train::Checkpointer>(dir, state);
      checkpoints->resume();
    } else if (const auto file = train::latest_checkpoint(dir)) {
      wick::load(state, *file);
    }
    Tensor all = tensor({static_cast<double>(step)}, kDouble), mine = all.clone();
    distributed::all_reduce(all, distributed::ReduceOp::MAX);
    CHECK(equal(all, mine), "ranks go on from different steps: ", mine, " and ", all);
    while (step < last) {
      optimizer.zero_grad();
      ddp::loss_of(model(ddp::batch(6, static_cast<uint64_t>(1000 * step + me)))).backward();
      optimizer.step();
      ++step;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (me == 0 && step % 20 == 0) checkpoints->save(step);
    }
    if (me == 0) {
      checkpoints->flush();
      wick::save(state, dir + "/final.safetensors");
    }
    ddp::check_bits_equal(*net);
    distributed::destroy_process_group();
  } catch (const DistError& e) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::fprintf(stderr, "try %s MESSAGE %.3f %s\n", again ? again : "0", static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) / 1000, e.what());
    std::fflush(nullptr);
    std::_Exit(3);
  }
}
