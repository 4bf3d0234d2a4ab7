// The operations on tensors: checks, buffers, and what the engine is asked for.
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"
#include "dist/group.h"

namespace wick::distributed::inline v1 {
namespace {

Group given(const char* name, const Group& group) {
  if (group) return group;
  WICK_CHECK_TYPE(DistError, is_initialized(), name, ": no process group was started; call distributed::init_process_group first");
  return default_group();
}
void check_tensor(const char* name, const Tensor& t) {
  WICK_CHECK_TYPE(ValueError, t.defined(), name, ": the tensor is undefined");
  WICK_CHECK_TYPE(TypeError, t.is_cpu() && !t.is_sparse(), name, ": expected a dense tensor on the CPU; use to_dense() or cpu()");
}
void check_root(const char* name, int root, const Engine& e) {
  WICK_CHECK_TYPE(ValueError, root >= 0 && root < e.size, name, ": rank ", root, " is not in the group of ", e.size);
}
void check_op(const char* name, ReduceOp op, ScalarType t) {
  WICK_CHECK_TYPE(TypeError, !(is_complex_type(t) && (op == ReduceOp::MIN || op == ReduceOp::MAX)), name, ": complex numbers have no order, so no MIN or MAX");
  WICK_CHECK_TYPE(TypeError, !(t == kBool && op == ReduceOp::AVG), name, ": truth values have no average; convert to a floating type");
}
void check_list(const char* name, const std::vector<Tensor>& list, const Tensor& like, int size) {
  WICK_CHECK_TYPE(ValueError, list.size() == static_cast<size_t>(size), name, ": expected a list of ", size, " tensors, one a rank, got ", list.size());
  for (const Tensor& t : list) {
    check_tensor(name, t);
    WICK_CHECK_TYPE(ValueError, t.sizes() == like.sizes(), name, ": all tensors must have one shape, got ", t.sizes(), " and ", like.sizes());
    WICK_CHECK_TYPE(TypeError, t.scalar_type() == like.scalar_type(), name, ": all tensors must have one dtype, got ", t.scalar_type(), " and ", like.scalar_type());
  }
}
Reduction base(ReduceOp op, const Engine& e, ScalarType t) {
  if (op == ReduceOp::AVG && e.has_mean(t)) return Reduction::mean;
  return op == ReduceOp::PRODUCT ? Reduction::product : op == ReduceOp::MIN ? Reduction::min : op == ReduceOp::MAX ? Reduction::max : Reduction::sum;
}

// The elements of a tensor in order, and back.
struct Buffer {
  explicit Buffer(const Tensor& t) : target(t.detach()), data(target.is_contiguous() ? target : target.contiguous()) { if (data.is_conj() || data.is_neg()) data = data.resolve_conj().resolve_neg().contiguous(); }
  void* ptr() const { return data.numel() ? data.data_ptr() : const_cast<char*>(&none); }
  size_t n() const { return static_cast<size_t>(data.numel()); }
  size_t bytes() const { return n() * element_size(data.scalar_type()); }
  void changed() const {
    if (!data.is_set_to(target)) target.copy_(data);
    else impl(target)->bump_version();
  }
  Tensor target, data;
  char none = 0;
};
void average(const Tensor& t, ReduceOp op, const Engine& e) {
  if (op != ReduceOp::AVG || e.has_mean(t.scalar_type())) return;
  if (is_integral_type(t.scalar_type(), false)) t.copy_(wick::div(t, static_cast<int64_t>(e.size), "trunc"));
  else t.div_(static_cast<double>(e.size));
}
Tensor stacked(const Tensor& like, int size) {
  std::vector<int64_t> shape = like.sizes().vec();
  shape.insert(shape.begin(), size);
  return wick::empty(shape, like.options());
}
Call call_of(const char* name, const Tensor& t, int root = -1, int op = -1) {
  Call call;
  call.name = name;
  call.dtype = t.scalar_type();
  call.set_shape(t.sizes());
  call.root = root;
  call.op = op;
  return call;
}
// `input` in `size` parts must have as many elements as `output`, `parts` being 1, or the other way round.
void check_parts(const char* name, const Tensor& whole, const Tensor& part, int size) {
  check_tensor(name, whole);
  check_tensor(name, part);
  WICK_CHECK_TYPE(TypeError, whole.scalar_type() == part.scalar_type(), name, ": input and output must have one dtype, got ", whole.scalar_type(), " and ", part.scalar_type());
  WICK_CHECK_TYPE(ValueError, whole.numel() == part.numel() * size, name, ": expected ", size, " times as many elements as ", part.sizes(), " has, got ", whole.sizes());
}

}  // namespace

std::shared_ptr<Work> all_reduce(const Tensor& tensor, ReduceOp op, const Group& group, bool async_op) {
  auto& g = given("all_reduce", group)->impl();
  check_tensor("all_reduce", tensor);
  check_op("all_reduce", op, tensor.scalar_type());
  Call call = call_of("all_reduce", tensor, -1, static_cast<int>(op));
  call.body = [b = Buffer(tensor), op](Engine& e, const Limit& limit) {
    if (b.n()) e.all_reduce(b.ptr(), b.n(), b.data.scalar_type(), base(op, e, b.data.scalar_type()), limit);
    average(b.data, op, e);
    b.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> all_reduce_coalesced(const std::vector<Tensor>& tensors, ReduceOp op, const Group& group, bool async_op) {
  auto& g = given("all_reduce_coalesced", group)->impl();
  WICK_CHECK_TYPE(ValueError, !tensors.empty(), "all_reduce_coalesced: expected at least one tensor");
  int64_t elements = 0;
  for (const Tensor& t : tensors) {
    check_tensor("all_reduce_coalesced", t);
    WICK_CHECK_TYPE(TypeError, t.scalar_type() == tensors[0].scalar_type(), "all_reduce_coalesced: all tensors must have one dtype, got ", tensors[0].scalar_type(), " and ", t.scalar_type());
    elements += t.numel();
  }
  check_op("all_reduce_coalesced", op, tensors[0].scalar_type());
  Call call = call_of("all_reduce_coalesced", tensors[0], -1, static_cast<int>(op));
  call.set_shape({elements});
  std::vector<Buffer> buffers(tensors.begin(), tensors.end());
  call.body = [buffers = std::move(buffers), op](Engine& e, const Limit& limit) {
    const ScalarType t = buffers[0].data.scalar_type();
    if (e.takes_parts()) {
      std::vector<Part> parts;
      for (const Buffer& b : buffers) parts.push_back({static_cast<char*>(b.ptr()), b.bytes()});
      e.all_reduce_parts(parts, t, base(op, e, t), limit);
      for (const Buffer& b : buffers) average(b.data, op, e);
    } else {
      std::vector<Tensor> flat;
      for (const Buffer& b : buffers) flat.push_back(b.data.view(-1));
      const Buffer all(wick::cat(flat));
      if (all.n()) e.all_reduce(all.ptr(), all.n(), t, base(op, e, t), limit);
      average(all.data, op, e);
      int64_t at = 0;
      for (const Tensor& part : flat) part.copy_(all.data.narrow(0, at, part.numel())), at += part.numel();
    }
    for (const Buffer& b : buffers) b.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> reduce(const Tensor& tensor, int dst, ReduceOp op, const Group& group, bool async_op) {
  auto& g = given("reduce", group)->impl();
  check_tensor("reduce", tensor);
  check_op("reduce", op, tensor.scalar_type());
  check_root("reduce", dst, *g.engine);
  Call call = call_of("reduce", tensor, dst, static_cast<int>(op));
  call.body = [b = Buffer(tensor), op, dst](Engine& e, const Limit& limit) {
    if (b.n()) e.reduce(b.ptr(), b.n(), b.data.scalar_type(), base(op, e, b.data.scalar_type()), dst, limit);
    if (e.rank != dst) return;
    average(b.data, op, e);
    b.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> broadcast(const Tensor& tensor, int src, const Group& group, bool async_op) {
  auto& g = given("broadcast", group)->impl();
  check_tensor("broadcast", tensor);
  check_root("broadcast", src, *g.engine);
  Call call = call_of("broadcast", tensor, src);
  call.body = [b = Buffer(tensor), src](Engine& e, const Limit& limit) {
    if (b.n()) e.broadcast(b.ptr(), b.bytes(), src, limit);
    if (e.rank != src) b.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> all_gather_into_tensor(const Tensor& output, const Tensor& input, const Group& group, bool async_op) {
  auto& g = given("all_gather", group)->impl();
  check_parts("all_gather", output, input, g.engine->size);
  Call call = call_of("all_gather", input);
  call.body = [in = Buffer(input), out = Buffer(output)](Engine& e, const Limit& limit) {
    if (in.n()) e.all_gather(in.ptr(), out.ptr(), in.bytes(), limit);
    out.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> all_gather(const std::vector<Tensor>& tensors, const Tensor& tensor, const Group& group, bool async_op) {
  auto& g = given("all_gather", group)->impl();
  check_tensor("all_gather", tensor);
  check_list("all_gather", tensors, tensor, g.engine->size);
  Call call = call_of("all_gather", tensor);
  call.body = [in = Buffer(tensor), tensors](Engine& e, const Limit& limit) {
    const Buffer all(stacked(in.data, e.size));
    if (in.n()) e.all_gather(in.ptr(), all.ptr(), in.bytes(), limit);
    for (size_t i = 0; i < tensors.size(); ++i) tensors[i].detach().copy_(all.data[static_cast<int64_t>(i)]);
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> gather(const Tensor& tensor, const std::vector<Tensor>& gather_list, int dst, const Group& group, bool async_op) {
  auto& g = given("gather", group)->impl();
  check_tensor("gather", tensor);
  check_root("gather", dst, *g.engine);
  if (g.engine->rank == dst) check_list("gather", gather_list, tensor, g.engine->size);
  Call call = call_of("gather", tensor, dst);
  call.body = [in = Buffer(tensor), gather_list, dst](Engine& e, const Limit& limit) {
    const Buffer all(e.rank == dst ? stacked(in.data, e.size) : in.data);
    if (in.n()) e.gather(in.ptr(), all.ptr(), in.bytes(), dst, limit);
    if (e.rank == dst)
      for (size_t i = 0; i < gather_list.size(); ++i) gather_list[i].detach().copy_(all.data[static_cast<int64_t>(i)]);
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> scatter(const Tensor& tensor, const std::vector<Tensor>& scatter_list, int src, const Group& group, bool async_op) {
  auto& g = given("scatter", group)->impl();
  check_tensor("scatter", tensor);
  check_root("scatter", src, *g.engine);
  if (g.engine->rank == src) check_list("scatter", scatter_list, tensor, g.engine->size);
  Call call = call_of("scatter", tensor, src);
  NoGradGuard off;
  const Tensor all = g.engine->rank == src ? wick::stack(scatter_list) : tensor;
  call.body = [out = Buffer(tensor), in = Buffer(all), src](Engine& e, const Limit& limit) {
    if (out.n()) e.scatter(in.ptr(), out.ptr(), out.bytes(), src, limit);
    out.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> reduce_scatter_spending(const Tensor& output, const Tensor& input, ReduceOp op, const Group& group, bool async_op) {
  auto& g = given("reduce_scatter", group)->impl();
  check_parts("reduce_scatter", input, output, g.engine->size);
  check_op("reduce_scatter", op, output.scalar_type());
  Call call = call_of("reduce_scatter", output, -1, static_cast<int>(op));
  call.body = [in = Buffer(input), out = Buffer(output), op](Engine& e, const Limit& limit) {
    if (out.n()) e.reduce_scatter(in.ptr(), out.ptr(), out.n(), out.data.scalar_type(), base(op, e, out.data.scalar_type()), limit);
    average(out.data, op, e);
    out.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> reduce_scatter_tensor(const Tensor& output, const Tensor& input, ReduceOp op, const Group& group, bool async_op) {
  check_tensor("reduce_scatter", input);
  return reduce_scatter_spending(output, given("reduce_scatter", group)->impl().engine->keeps_input() ? input : input.detach().clone(), op, group, async_op);
}
std::shared_ptr<Work> reduce_scatter(const Tensor& output, const std::vector<Tensor>& inputs, ReduceOp op, const Group& group, bool async_op) {
  auto& g = given("reduce_scatter", group)->impl();
  check_tensor("reduce_scatter", output);
  check_list("reduce_scatter", inputs, output, g.engine->size);
  NoGradGuard off;
  return reduce_scatter_spending(output, wick::stack(inputs), op, group, async_op);
}
std::shared_ptr<Work> all_to_all_single(const Tensor& output, const Tensor& input, const Group& group, bool async_op) {
  auto& g = given("all_to_all", group)->impl();
  check_parts("all_to_all", output, input, 1);
  WICK_CHECK_TYPE(ValueError, input.numel() % g.engine->size == 0, "all_to_all: ", input.sizes(), " cannot be cut into ", g.engine->size, " equal parts");
  Call call = call_of("all_to_all", input);
  call.body = [in = Buffer(input), out = Buffer(output)](Engine& e, const Limit& limit) {
    if (in.n()) e.all_to_all(in.ptr(), out.ptr(), in.bytes() / static_cast<size_t>(e.size), limit);
    out.changed();
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> all_to_all(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs, const Group& group, bool async_op) {
  auto& g = given("all_to_all", group)->impl();
  WICK_CHECK_TYPE(ValueError, !inputs.empty(), "all_to_all: expected a list of ", g.engine->size, " tensors, one a rank, got none");
  check_tensor("all_to_all", inputs[0]);
  check_list("all_to_all", inputs, inputs[0], g.engine->size);
  check_list("all_to_all", outputs, inputs[0], g.engine->size);
  NoGradGuard off;
  Call call = call_of("all_to_all", inputs[0]);
  call.body = [in = Buffer(wick::stack(inputs)), outputs](Engine& e, const Limit& limit) {
    const Buffer all(wick::empty_like(in.data));
    if (in.n()) e.all_to_all(in.ptr(), all.ptr(), in.bytes() / static_cast<size_t>(e.size), limit);
    for (size_t i = 0; i < outputs.size(); ++i) outputs[i].detach().copy_(all.data[static_cast<int64_t>(i)]);
  };
  return g.run(std::move(call), async_op);
}
std::shared_ptr<Work> barrier(const Group& group, bool async_op) {
  auto& g = given("barrier", group)->impl();
  Call call;
  call.name = "barrier";
  call.body = [](Engine& e, const Limit& limit) { e.barrier(limit); };
  return g.run(std::move(call), async_op);
}

namespace {

std::shared_ptr<Work> message(bool sends, const Tensor& tensor, int other, const Group& group, int tag, bool async_op) {
  const char* name = sends ? "send" : "recv";
  const Group held = given(name, group);
  auto& g = held->impl();
  check_tensor(name, tensor);
  check_root(name, other, *g.engine);
  WICK_CHECK_TYPE(ValueError, other != g.engine->rank, name, ": rank ", other, " is this process itself");
  WICK_CHECK_TYPE(ValueError, tag >= 0 && tag < 32768, name, ": tags are 0 to 32767, got ", tag);
  const auto b = std::make_shared<Buffer>(tensor);
  What what = call_of(name, tensor, other);
  what.tag = tag;
  return g.transfer(what, held, async_op, [&](Engine& e, int marked) {
    return sends ? e.send(b->ptr(), b->bytes(), other, marked) : e.recv(b->ptr(), b->bytes(), other, marked);
  }, [b, sends] { if (!sends) b->changed(); });
}

}  // namespace

void send(const Tensor& tensor, int dst, const Group& group, int tag) { message(true, tensor, dst, group, tag, false); }
void recv(const Tensor& tensor, int src, const Group& group, int tag) { message(false, tensor, src, group, tag, false); }
std::shared_ptr<Work> isend(const Tensor& tensor, int dst, const Group& group, int tag) { return message(true, tensor, dst, group, tag, true); }
std::shared_ptr<Work> irecv(const Tensor& tensor, int src, const Group& group, int tag) { return message(false, tensor, src, group, tag, true); }

}  // namespace wick::distributed::inline v1
