// Op table: nn_modules, part 2.
#include "modules.h"

namespace {

AREA("nn_modules")

CASE("print.ln", show(nn::LayerNorm(nn::LayerNormOptions({2, 3}).eps(1e-3))))
CASE("print.gn", show(nn::GroupNorm(nn::GroupNormOptions(2, 4).affine(false))))
CASE("print.lrn", show(nn::LocalResponseNorm(nn::LocalResponseNormOptions(2).alpha(0.1))))
CASE("print.cmlrn", show(nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(2).k(3))))
CASE("print.emb", show(nn::Embedding(nn::EmbeddingOptions(5, 3).padding_idx(-2).max_norm(2).norm_type(2.5).scale_grad_by_freq(true).sparse(true))))
CASE("print.embbag", show(nn::EmbeddingBag(nn::EmbeddingBagOptions(5, 3).max_norm(2).norm_type(2.5).scale_grad_by_freq(true).sparse(true).mode(torch::kSum))))
CASE("print.embbag2", show(nn::EmbeddingBag(nn::EmbeddingBagOptions(5, 3).mode(torch::kMax).padding_idx(2).include_last_offset(true))))
CASE("print.embbag3", show(nn::EmbeddingBag(nn::EmbeddingBagOptions(5, 3).mode(torch::kMean))))
CASE("print.dropout", show(nn::Dropout(nn::DropoutOptions(0.3).inplace(true))))
CASE("print.dropout2", show(nn::Dropout2d(0.3)))
CASE("print.dropout3", show(nn::Dropout3d()))
CASE("print.adropout", show(nn::AlphaDropout(nn::AlphaDropoutOptions(0.3).inplace(true))))
CASE("print.fadropout", show(nn::FeatureAlphaDropout(0.3)))
CASE("print.elu", show(nn::ELU(nn::ELUOptions().alpha(2).inplace(true))))
CASE("print.selu", show(nn::SELU(nn::SELUOptions().inplace(true))))
CASE("print.selu2", show(nn::SELU()))
CASE("print.celu", show(nn::CELU(nn::CELUOptions().alpha(2))))
CASE("print.hardshrink", show(nn::Hardshrink(0.3)))
CASE("print.hardtanh", show(nn::Hardtanh(nn::HardtanhOptions().min_val(-2).max_val(3).inplace(true))))
CASE("print.leaky", show(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2))))
CASE("print.relu", show(nn::ReLU(true)))
CASE("print.relu6", show(nn::ReLU6(nn::ReLU6Options().inplace(true))))
CASE("print.rrelu", show(nn::RReLU(nn::RReLUOptions().lower(0.1).upper(0.4).inplace(true))))
CASE("print.softplus", show(nn::Softplus(nn::SoftplusOptions().beta(2).threshold(3))))
CASE("print.softshrink", show(nn::Softshrink(0.4)))
CASE("print.threshold", show(nn::Threshold(nn::ThresholdOptions(1, 2).inplace(true))))
CASE("print.acts", show(nn::Sequential(nn::Sigmoid(), nn::Tanh(), nn::LogSigmoid(), nn::Softsign(), nn::Tanhshrink(), nn::SiLU(), nn::Mish(), nn::GELU(), nn::GLU(1), nn::Softmax(1), nn::LogSoftmax(-1), nn::Softmin(0), nn::Softmax2d())))
CASE("print.gelu.tanh", show(nn::GELU(nn::GELUOptions().approximate("tanh"))))
CASE("print.prelu", show(nn::PReLU(nn::PReLUOptions().num_parameters(3))))
CASE("print.avg", show(nn::AvgPool2d(nn::AvgPool2dOptions({3, 2}).stride({2, 1}).padding(1).ceil_mode(true))))
CASE("print.avg1", show(nn::AvgPool1d(3)))
CASE("print.avg3", show(nn::AvgPool3d(nn::AvgPool3dOptions(3).stride({2, 1, 2}))))
CASE("print.max", show(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).dilation(2).ceil_mode(true))))
CASE("print.max1", show(nn::MaxPool1d(3)))
CASE("print.max3", show(nn::MaxPool3d(nn::MaxPool3dOptions({1, 2, 3}))))
CASE("print.unpool", show(nn::MaxUnpool2d(nn::MaxUnpool2dOptions(3).stride(2).padding(1))))
CASE("print.unpool1", show(nn::MaxUnpool1d(3)))
CASE("print.unpool3", show(nn::MaxUnpool3d(nn::MaxUnpool3dOptions({1, 2, 3}))))
CASE("print.ada", show(nn::Sequential(nn::AdaptiveAvgPool1d(3), nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({3, std::nullopt})), nn::AdaptiveMaxPool3d(2), nn::AdaptiveMaxPool2d(nn::AdaptiveMaxPool2dOptions({std::nullopt, 4})))))
CASE("print.lp", show(nn::Sequential(nn::LPPool1d(2, 3), nn::LPPool2d(nn::LPPool2dOptions(1.5, {2, 3}).stride(2).ceil_mode(true)))))
CASE("print.lp3", show(nn::LPPool3d(2, 3)))
CASE("print.fmp", show(nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2).output_size(3))))
CASE("print.fmp3", show(nn::FractionalMaxPool3d(nn::FractionalMaxPool3dOptions(2).output_ratio(0.5))))
CASE("print.pads", show(nn::Sequential(nn::ReflectionPad1d(2), nn::ReflectionPad2d(nn::ReflectionPad2dOptions({1, 2, 3, 4})), nn::ReplicationPad3d(1), nn::ZeroPad2d(nn::ZeroPad2dOptions({1, 1, 2, 0})), nn::ConstantPad1d(nn::ConstantPad1dOptions({1, 2}, 3.5)), nn::ConstantPad2d(2, 1), nn::ZeroPad1d(1), nn::ZeroPad3d(1))))
CASE("print.upsample", show(nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{2, 3}).mode(torch::kBilinear).align_corners(true))))
CASE("print.upsample2", show(nn::Upsample(nn::UpsampleOptions().size(std::vector<int64_t>{4, 4}).mode(torch::kNearest))))
CASE("print.pixel", show(nn::Sequential(nn::PixelShuffle(3), nn::PixelUnshuffle(2))))
CASE("print.fold", show(nn::Fold(nn::FoldOptions({3, 2}, {2, 2}).padding(1).stride({2, 1}))))
CASE("print.unfold", show(nn::Unfold(nn::UnfoldOptions({2, 2}).padding(1).dilation(2))))
CASE("print.cos", show(nn::CosineSimilarity(nn::CosineSimilarityOptions().dim(0).eps(0.5))))
CASE("print.pd", show(nn::PairwiseDistance(nn::PairwiseDistanceOptions().p(3).keepdim(true))))
CASE("print.rnn", show(nn::RNN(nn::RNNOptions(3, 4).num_layers(2).dropout(0.2).nonlinearity(torch::kReLU))))
CASE("print.lstm", show(nn::LSTM(nn::LSTMOptions(3, 4).proj_size(2).batch_first(true))))
CASE("print.gru", show(nn::GRU(nn::GRUOptions(3, 4).bidirectional(true).bias(false))))
CASE("print.rnncell", show(nn::RNNCell(nn::RNNCellOptions(3, 4).nonlinearity(torch::kReLU))))
CASE("print.rnncell2", show(nn::RNNCell(nn::RNNCellOptions(3, 4))))
CASE("print.lstmcell", show(nn::LSTMCell(nn::LSTMCellOptions(3, 4).bias(false))))
CASE("print.grucell", show(nn::GRUCell(3, 4)))
CASE("print.mha", show(nn::MultiheadAttention(4, 2)))
CASE("print.tel", show(nn::TransformerEncoderLayer(nn::TransformerEncoderLayerOptions(4, 2).dim_feedforward(6))))
CASE("print.tdl", show(nn::TransformerDecoderLayer(nn::TransformerDecoderLayerOptions(4, 2).dim_feedforward(6))))
CASE("print.transformer", show(nn::Transformer(nn::TransformerOptions(4, 2, 1, 1).dim_feedforward(6))))
CASE("print.losses", show(nn::Sequential(nn::Identity())) + showp(nn::L1Loss()) + showp(nn::KLDivLoss()) + showp(nn::MSELoss()) + showp(nn::BCELoss()) + showp(nn::HingeEmbeddingLoss(nn::HingeEmbeddingLossOptions().margin(2))))
CASE("print.losses2", showp(nn::MultiMarginLoss(nn::MultiMarginLossOptions().p(2).margin(0.5))) + showp(nn::CosineEmbeddingLoss(nn::CosineEmbeddingLossOptions().margin(0.5))) + showp(nn::SmoothL1Loss()) + showp(nn::HuberLoss()) + showp(nn::MultiLabelMarginLoss()) + showp(nn::SoftMarginLoss()) + showp(nn::MultiLabelSoftMarginLoss()))
CASE("print.multimargin.w", showp(nn::MultiMarginLoss(nn::MultiMarginLossOptions().weight(torch::tensor({0.3, 0.4})).reduction(torch::kSum))))
CASE("print.losses3", showp(nn::TripletMarginLoss(nn::TripletMarginLossOptions().swap(true))) + showp(nn::TripletMarginWithDistanceLoss(nn::TripletMarginWithDistanceLossOptions().margin(2))) + showp(nn::CTCLoss()) + showp(nn::PoissonNLLLoss()) + showp(nn::MarginRankingLoss()) + showp(nn::NLLLoss()) + showp(nn::CrossEntropyLoss()) + showp(nn::BCEWithLogitsLoss()))
CASE("print.nested", show(nn::ModuleList(nn::Linear(2, 3), nn::ModuleList(nn::ReLU(), nn::Conv2d(1, 2, 3)), nn::Dropout(0.1))))
CASE("print.named", show(nn::Sequential({{"a", nn::Linear(2, 3)}, {"b", nn::ReLU()}})))
CASE("print.functional", show(nn::Functional(torch::relu)))
CASE("print.mlist", show(nn::ModuleList(nn::Linear(2, 3), nn::ReLU())))
CASE("print.plist", [] {
  nn::ParameterList l;
  l->append(torch::ones({2, 3}));
  l->append(torch::ones({4}, torch::kDouble));
  return show(l);
})
CASE("print.pdict", [] {
  torch::OrderedDict<std::string, torch::Tensor> o{{"A", torch::ones({2, 3})}, {"B", torch::zeros({1}, torch::kInt)}};
  nn::ParameterDict l(o);
  return show(l);
})
CASE("print.emptyseq", show(nn::Sequential()))
CASE("bn.train", [] {
  nn::BatchNorm2d m(3);
  auto y = m->forward(img);
  auto y2 = m->forward(img * 2 + 1);
  m->eval();
  return std::make_tuple(y, y2, m->forward(img), state(m));
})
CASE("bn.cma", [] {
  nn::BatchNorm1d m(nn::BatchNorm1dOptions(4).momentum(std::nullopt));
  m->forward(a);
  m->forward(b);
  m->forward(a * b);
  return std::make_tuple(m->forward(a), state(m));
})

}  // namespace
