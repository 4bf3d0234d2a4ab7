#!/usr/bin/env python3
"""Golden numbers for tests/unit/text, made with Hugging Face's tokenizers 0.23.3, transformers 5.24 and PyTorch.

    pip install tokenizers transformers sentencepiece torch
    tests/golden/text.py [tokenizers] [models]

Writes tests/golden/text: small tokenizers and models, and what they make of a corpus of 20,000 lines, which corpus() here and
tests/unit/text/corpus.h make alike.
"""
import base64
import io
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, 'text')
SHARED = os.path.join(HERE, '../../../shared/data/text')
MASK = (1 << 64) - 1

WORDS = ("the of and a to in is that it was for on are as with his they be at one have this from or had by hot but some what there we can out other "
         "were all your when up use word how said an each she which do their time if will way about many then them would write like so these her "
         "long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may "
         "down side been now find any new work part take get place made live where after back little only round man year came show every good me "
         "give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too "
         "does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such "
         "follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father "
         "unbelievable tokenization preprocessing antidisestablishmentarianism I'm you're can't they've she'll he'd it's don't").split()
# First and last character of what lines are made of, beside words: Latin with accents, combining marks, Greek, Cyrillic, Hebrew, Arabic, Devanagari,
# Thai, Hangul (whole and in parts), kana, CJK (and its compatibility forms), punctuation, numbers of all kinds, symbols, full width, emoji and what joins
# them, spaces, control and format characters.
RANGES = [(0xC0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x591, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE5B), (0xAC00, 0xD7A3),
          (0x1100, 0x11F9), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xF900, 0xFAD9), (0x2010, 0x205E), (0x2070, 0x209C), (0x2100, 0x218B), (0x2460, 0x24FF), (0x3000, 0x303F),
          (0xFF01, 0xFFEE), (0x1F300, 0x1F64F), (0x1F3FB, 0x1F3FF), (0x200B, 0x200F), (0xFE00, 0xFE0F), (0x1E00, 0x1EFF), (0x1F00, 0x1FFE), (0x20000, 0x2A6D6), (0x80, 0xBF),
          (0x1, 0x1F), (0x20, 0x7E), (0x1F1E6, 0x1F1FF), (0xFB00, 0xFB4F), (0x2000, 0x200A), (0xE000, 0xE010), (0xFFF9, 0xFFFD), (0x1D400, 0x1D7FF), (0x130, 0x131)]


def corpus(n=20000):
    state = 88172645463325252

    def draw(k):
        nonlocal state
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        return (state >> 11) % k

    lines = []
    for _ in range(n):
        s = []
        for _ in range(draw(12)):
            kind = draw(10)
            if kind < 5:
                w = WORDS[draw(len(WORDS))]
                case = draw(8)
                s.append(w.upper() if case == 0 else w.capitalize() if case == 1 else w)
            elif kind < 8:
                a, b = RANGES[draw(len(RANGES))]
                s.append(''.join(chr(a + draw(b - a + 1)) for _ in range(1 + draw(6))))
            elif kind == 8:
                s.append(''.join('0123456789.,:-/'[draw(15)] for _ in range(1 + draw(8))))
            else:
                s.append(('[MASK]', '<mask>', '<|endoftext|>', '</s>', '[SEP]', '<new>', 'a' * 120, '  ', '\r\n', "''s", '\t', '…', 'x\u0301\u0323', 'ﬁ')[draw(14)])
            if draw(4):
                s.append(' ' * (1 + (draw(8) == 0)))
        lines.append(''.join(s))
    return lines


class Hash:
    """FNV-1a over 64-bit numbers."""

    def __init__(self):
        self.h = 0xCBF29CE484222325

    def add(self, values):
        for v in values:
            self.h = ((self.h ^ (v & MASK)) * 0x100000001B3) & MASK
        self.h = ((self.h ^ 0x1234567) * 0x100000001B3) & MASK

    def hex(self):
        return '%016x' % self.h


def byte_offsets(text, offsets):
    places = [0]
    for c in text:
        places.append(places[-1] + len(c.encode()))
    return [places[x] for o in offsets for x in o]


def parts_of(text, e):
    return [e.ids, byte_offsets(text, e.offsets), e.type_ids, [-1 if w is None else w for w in e.word_ids], e.special_tokens_mask]


def hashes(tok, lines):
    r = []
    for b in range(0, len(lines), 1000):
        hs = [Hash() for _ in range(6)]
        some = lines[b:b + 1000]
        for line, e in zip(some, tok.encode_batch(some)):
            for h, p in zip(hs, parts_of(line, e)):
                h.add(p)
            hs[5].add(tok.decode(e.ids).encode())
        r.append([h.hex() for h in hs])
    return r


def make_tokenizers():
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    os.makedirs(OUT, exist_ok=True)
    text = [' '.join(WORDS[(i * k) % len(WORDS)] for i in range(1, 60)) for k in range(1, 200)] + corpus(300)
    made = {}
    low = normalizers.BertNormalizer()

    t = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    t.normalizer, t.pre_tokenizer = low, pre_tokenizers.BertPreTokenizer()
    specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
    t.train_from_iterator(text, trainers.WordPieceTrainer(vocab_size=700, special_tokens=specials, limit_alphabet=300, show_progress=False))
    t.post_processor = processors.BertProcessing(('[SEP]', 3), ('[CLS]', 2))
    t.decoder = decoders.WordPiece()
    made['bert'] = t
    with open(os.path.join(OUT, 'vocab.txt'), 'w') as f:
        f.write('\n'.join(w for w, _ in sorted(t.get_vocab().items(), key=lambda x: x[1])) + '\n')
    t = Tokenizer.from_str(t.to_str())
    t.normalizer = normalizers.BertNormalizer(lowercase=False, handle_chinese_chars=False)
    made['bert_cased'] = t

    def byte_level(normalizer=None, prefix=False):
        t = Tokenizer(models.BPE())
        if normalizer:
            t.normalizer = normalizer
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
        t.decoder = decoders.ByteLevel()
        t.train_from_iterator(text, trainers.BpeTrainer(vocab_size=500, special_tokens=['<s>', '<pad>', '</s>', '<unk>', '<mask>', '<|endoftext|>'],
                                                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        return t
    t = byte_level()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    made['gpt2'] = t
    t.model.save(OUT)
    t = byte_level(prefix=True)
    t.add_special_tokens([AddedToken('<mask>', lstrip=True, special=True)])
    t.add_tokens([AddedToken('<new>', single_word=True), AddedToken('Word', rstrip=True, normalized=True)])
    t.post_processor = processors.RobertaProcessing(('</s>', 2), ('<s>', 0))
    made['roberta'] = t
    forms = [('nfc', normalizers.NFC()), ('nfd', normalizers.NFD()), ('nfkc', normalizers.NFKC()), ('nfkd', normalizers.NFKD()),
             ('misc', normalizers.Sequence([normalizers.Nmt(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip(),
                                            normalizers.Replace(Regex(r'\s{2,}'), ' '), normalizers.Replace('the', 'THE')]))]
    base = json.loads(made['gpt2'].to_str())
    for name, n in forms:
        t = Tokenizer.from_str(json.dumps(base))
        t.normalizer = n
        made[name] = t

    t = Tokenizer.from_str(json.dumps(base))  # as Llama 3 and GPT-4 split
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), 'isolated'),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    made['llama3'] = t

    t = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token='<unk>'))
    t.normalizer = normalizers.Sequence([normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    t.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(' ', 1, 0)])
    t.train_from_iterator(text, trainers.BpeTrainer(vocab_size=700, special_tokens=['<unk>', '<s>', '</s>'] + ['<0x%02X>' % i for i in range(256)], limit_alphabet=80, show_progress=False))
    t.post_processor = processors.TemplateProcessing(single='<s> $A', pair='<s> $A <s>:1 $B:1', special_tokens=[('<s>', 1)])
    made['llama'] = t

    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(' {2,}'), ' ')])
    t.pre_tokenizer, t.decoder = pre_tokenizers.Metaspace(prepend_scheme='first'), decoders.Metaspace(prepend_scheme='first')
    t.train_from_iterator(text[:199] + ['äöü éèà ∑ 你好 — ①'], trainers.UnigramTrainer(vocab_size=600, special_tokens=['<unk>', '<s>', '</s>'], unk_token='<unk>', show_progress=False))
    spec = json.loads(t.to_str())  # scores of few digits, which all readers read alike
    spec['model']['vocab'] = [[w, round(s, 4)] for w, s in spec['model']['vocab']]
    t = Tokenizer.from_str(json.dumps(spec))
    t.post_processor = processors.TemplateProcessing(single='$A </s>', pair='$A </s> $B </s>', special_tokens=[('</s>', 2)])
    made['unigram'] = t

    import sentencepiece as spm
    with open('/tmp/rules.tsv', 'w') as f:
        for a, b in [('Ａ', 'A'), ('é', 'e'), ('e\u0301', 'e'), ('ﬁ', 'fi'), ('…', '...'), ('\t', ' '), ('①', '(1)'), ('👍🏻', 'ok')]:
            f.write(' '.join('%X' % ord(c) for c in a) + '\t' + ' '.join('%X' % ord(c) for c in b) + '\n')
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(sentence_iterator=iter(text[:199] + ['äöü ∑ 你好 — A e fi ... (1) ok']), model_writer=out, vocab_size=400, normalization_rule_tsv='/tmp/rules.tsv', character_coverage=0.99,
                                   byte_fallback=True, minloglevel=2, hard_vocab_limit=False)
    from sentencepiece import sentencepiece_model_pb2 as pb
    m = pb.ModelProto()
    m.ParseFromString(out.getvalue())
    spec = {'version': '1.0', 'added_tokens': [{'id': i, 'content': c, 'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': True}
                                               for i, c in enumerate(['<unk>', '<s>', '</s>'])],
            'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'Precompiled', 'precompiled_charsmap': base64.b64encode(m.normalizer_spec.precompiled_charsmap).decode()}]},
            'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [{'type': 'WhitespaceSplit'}, {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': True}]},
            'post_processor': None, 'decoder': {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': True},
            'model': {'type': 'Unigram', 'unk_id': 0, 'vocab': [[p.piece, round(p.score, 4)] for p in m.pieces], 'byte_fallback': True}}
    made['precompiled'] = Tokenizer.from_str(json.dumps(spec))

    t = Tokenizer(models.BPE(unk_token='<|endoftext|>', continuing_subword_prefix='', end_of_word_suffix='</w>'))
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r'\s+'), ' '), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), 'removed', invert=True)
    t.decoder = decoders.BPEDecoder('</w>')
    t.train_from_iterator(text, trainers.BpeTrainer(vocab_size=500, special_tokens=['<|endoftext|>'], end_of_word_suffix='</w>', limit_alphabet=60, show_progress=False))
    made['clip'] = t

    t = Tokenizer(models.WordLevel(unk_token='[UNK]'))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation('contiguous'), pre_tokenizers.Digits(True), pre_tokenizers.CharDelimiterSplit('-')])
    t.train_from_iterator(text, trainers.WordLevelTrainer(vocab_size=500, special_tokens=['[UNK]', '[CLS]'], show_progress=False))
    t.post_processor = processors.TemplateProcessing(single='[CLS]:0 $A:0 [CLS]:1', pair='$B:1 [CLS] $A:0', special_tokens=[('[CLS]', 1)])
    made['wordlevel'] = t
    t = Tokenizer.from_str(t.to_str())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r'[,.]'), 'merged_with_previous'), pre_tokenizers.Split(' ', 'merged_with_next'), pre_tokenizers.Split(Regex('o+'), 'isolated')])
    made['splits'] = t

    for name, t in made.items():
        with open(os.path.join(OUT, name + '.json'), 'w') as f:
            f.write(json.dumps(json.loads(t.to_str()), ensure_ascii=False, separators=(',', ':')))
    lines = corpus()
    golden = {name: hashes(t, lines) for name, t in made.items()}

    # Published vocabularies, where they are.
    from tokenizers.implementations import BertWordPieceTokenizer
    bert = BertWordPieceTokenizer(os.path.join(SHARED, 'bert-base-uncased/vocab.txt'), lowercase=True)
    golden['bert-base-uncased'] = hashes(bert, lines)
    t = Tokenizer(models.BPE.from_file(os.path.join(SHARED, 'gpt2/vocab.json'), os.path.join(SHARED, 'gpt2/merges.txt')))
    t.pre_tokenizer, t.decoder, t.post_processor = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    t.add_special_tokens(['<|endoftext|>'])
    golden['gpt2-published'] = hashes(t, lines)
    with open(os.path.join(OUT, 'hashes.txt'), 'w') as f:
        for name, rows in golden.items():
            for r in rows:
                f.write(name + ' ' + ' '.join(r) + '\n')

    # Pairs, truncation, padding, in full.
    cases = []
    for name in ['bert', 'roberta', 'wordlevel']:
        for strategy in ['longest_first', 'only_first', 'only_second']:
            for length, stride, direction in [(16, 0, 'right'), (13, 3, 'right'), (12, 2, 'left')]:
                t = Tokenizer.from_str(made[name].to_str())
                t.enable_truncation(length, stride=stride, strategy=strategy, direction=direction)
                for a, b in [(7, 21), (30, 4), (25, 26), (3, None), (40, None)]:
                    first, second = ' '.join(WORDS[:a]), ' '.join(WORDS[50:50 + b]) if b else None
                    try:
                        e = t.encode(first, second)
                    except BaseException:
                        cases.append({'name': name, 'strategy': strategy, 'length': length, 'stride': stride, 'direction': direction, 'a': first, 'b': second, 'error': True})
                        continue
                    cases.append({'name': name, 'strategy': strategy, 'length': length, 'stride': stride, 'direction': direction, 'a': first, 'b': second,
                                  'rows': [[x.ids, x.type_ids, x.special_tokens_mask, [-1 if s is None else s for s in x.sequence_ids]] for x in [e] + e.overflowing]})
    with open(os.path.join(OUT, 'truncation.txt'), 'w') as f:
        for c in cases:
            h = Hash()
            rows = c.get('rows', [])
            for row in rows:
                for p in row:
                    h.add(p)
            f.write('%s %s %d %d %s %d %d %s\n' % (c['name'], c['strategy'], c['length'], c['stride'], c['direction'], len(c['a'].split()), len(c['b'].split()) if c['b'] else 0,
                                                   'error' if 'error' in c else '%d:%s' % (len(rows), h.hex())))


def make_models():
    import shutil
    import torch
    import transformers as tf
    from safetensors.torch import save_file
    tf.logging.set_verbosity_error()
    common = dict(num_labels=3, id2label={0: 'red', 1: 'green', 2: 'blue'}, label2id={'red': 0, 'green': 1, 'blue': 2})
    small = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=20, max_position_embeddings=24, **common)
    configs = {
        'bert': tf.BertConfig(vocab_size=700, **{**small, 'max_position_embeddings': 40}, architectures=['BertForMaskedLM']),
        'distilbert': tf.DistilBertConfig(vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=20, max_position_embeddings=24, activation='relu', **common),
        'roberta': tf.RobertaConfig(vocab_size=60, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, hidden_act='gelu_new', layer_norm_eps=1e-5, **small),
        'gpt2': tf.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_positions=40, bos_token_id=58, eos_token_id=59, pad_token_id=59, architectures=['GPT2LMHeadModel'], **common),
    }
    tasks = {'features': 'AutoModel', 'sequence_classification': 'AutoModelForSequenceClassification', 'token_classification': 'AutoModelForTokenClassification',
             'question_answering': 'AutoModelForQuestionAnswering', 'masked_lm': 'AutoModelForMaskedLM', 'causal_lm': 'AutoModelForCausalLM'}
    golden = {}
    for kind, config in configs.items():
        folder = os.path.join(OUT, kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        torch.manual_seed(len(kind))
        models = {}
        for task, cls in tasks.items():
            if (task == 'causal_lm') == (kind == 'gpt2') or task not in ('masked_lm', 'causal_lm'):
                models[task] = getattr(tf, cls).from_config(type(config)(**{**config.to_dict(), 'num_labels': 2}) if task == 'question_answering' else config).eval()
        whole = {}
        for task, m in models.items():
            if task != 'features':  # the same body for all
                for k, v in m.state_dict().items():
                    whole.setdefault(k, (torch.randn(v.shape) * (0.3 if v.dim() > 1 else 0.1) + (1 if 'norm' in k.lower() and 'weight' in k or 'ln_' in k and 'weight' in k else 0)))
        base = {'gpt2': 'transformer.'}.get(kind, kind + '.')
        # Weights that are tied count once, as save_pretrained has it.
        words = {'gpt2': 'transformer.wte.weight'}.get(kind, base + 'embeddings.word_embeddings.weight')
        for k in ['lm_head.weight', 'cls.predictions.decoder.weight', 'vocab_projector.weight', 'lm_head.decoder.weight']:
            if k in whole:
                whole[k] = whole[words]
        for a, b in [('cls.predictions.decoder.bias', 'cls.predictions.bias'), ('lm_head.decoder.bias', 'lm_head.bias')]:
            if a in whole:
                whole[a] = whole[b]
        g = torch.Generator().manual_seed(5)
        ids = torch.randint(5, 57, (2, 9), generator=g)
        mask = torch.ones_like(ids)
        mask[1, 6:] = 0
        ids[1, 6:] = config.pad_token_id if kind != 'gpt2' else 59
        inputs = {'input_ids': ids, 'attention_mask': mask}
        if kind == 'bert':
            inputs['token_type_ids'] = torch.tensor([[0] * 4 + [1] * 5] * 2)
        for k, v in inputs.items():
            golden[kind + '.' + k] = v
        for task, m in models.items():
            state = {k[len(base):]: v for k, v in whole.items() if k.startswith(base)} if task == 'features' else whole
            left = m.load_state_dict({k: v for k, v in state.items() if k in m.state_dict() and v.shape == m.state_dict()[k].shape}, strict=False)
            assert all('pooler' in k for k in left.missing_keys), left
            with torch.no_grad():
                if 'pooler.dense.weight' in left.missing_keys:  # RoBERTa's heads have no pooler
                    whole['roberta.pooler.dense.weight'], whole['roberta.pooler.dense.bias'] = m.pooler.dense.weight.detach(), m.pooler.dense.bias.detach()
                out = m(**inputs)
            for k in ['last_hidden_state', 'pooler_output', 'logits', 'start_logits', 'end_logits']:
                if getattr(out, k, None) is not None:
                    golden[kind + '.' + task + '.' + k] = getattr(out, k)
        kept = {k: v.clone() for k, v in whole.items() if not k.endswith(('decoder.weight', 'decoder.bias', 'projector.weight')) and k != 'lm_head.weight'}
        if kind == 'distilbert':
            torch.save(kept, os.path.join(folder, 'pytorch_model.bin'))
        elif kind == 'roberta':  # in two shards
            names = sorted(kept)
            half = {n: 'model-0000%d-of-00002.safetensors' % (1 + (i > len(names) // 2)) for i, n in enumerate(names)}
            for f in set(half.values()):
                save_file({n: kept[n] for n in names if half[n] == f}, os.path.join(folder, f), metadata={'format': 'pt'})
            with open(os.path.join(folder, 'model.safetensors.index.json'), 'w') as f:
                json.dump({'metadata': {}, 'weight_map': half}, f)
        else:
            save_file(kept, os.path.join(folder, 'model.safetensors'), metadata={'format': 'pt'})
        config.save_pretrained(folder)
        if kind == 'gpt2':
            m = models['causal_lm']
            start = ids[:1, :5]
            both = torch.cat([torch.full((1, 2), 59), ids[1:, :3]], 1)
            pair, pair_mask = torch.cat([start, both]), torch.tensor([[1] * 5, [0, 0, 1, 1, 1]])
            golden['gpt2.start'], golden['gpt2.pair'], golden['gpt2.pair_mask'] = start, pair, pair_mask
            eos = int(m.generate(start, max_new_tokens=12, do_sample=False, eos_token_id=None)[0, 9])
            golden['gpt2.eos'] = torch.tensor([eos])
            runs = {'greedy': dict(), 'penalty': dict(repetition_penalty=1.7), 'eos': dict(eos_token_id=eos), 'beams': dict(num_beams=4), 'beams_eos': dict(num_beams=3, eos_token_id=eos, length_penalty=0.6),
                    'sample': dict(do_sample=True, temperature=0.8, top_k=20, top_p=0.9)}
            for name, o in runs.items():
                torch.manual_seed(3)
                golden['gpt2.generate.' + name] = m.generate(start, attention_mask=torch.ones_like(start), max_new_tokens=12, **{'do_sample': False, 'pad_token_id': 59, 'eos_token_id': None, **o})
            golden['gpt2.generate.pair'] = m.generate(pair, attention_mask=pair_mask, max_new_tokens=12, do_sample=False, pad_token_id=59, eos_token_id=eos)
        if kind == 'bert':
            from tokenizers.implementations import BertWordPieceTokenizer
            tok = BertWordPieceTokenizer(os.path.join(OUT, 'vocab.txt'), lowercase=True)
            for mode in ['cls', 'mean', 'max', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken']:
                rows = []
                for text in ['the man came', 'how many times will the old house turn', ' '.join(WORDS[:60])]:
                    e = tok.encode(text)
                    e.truncate(30)
                    row = torch.tensor([e.ids if len(e.ids) < 30 else e.ids[:29] + [3]])
                    with torch.no_grad():
                        x = models['features'](row).last_hidden_state[0]
                    n = torch.arange(1, len(x) + 1).unsqueeze(1)
                    v = {'cls': lambda: x[0], 'mean': lambda: x.mean(0), 'max': lambda: x.max(0).values, 'mean_sqrt_len_tokens': lambda: x.sum(0) / len(x) ** 0.5,
                         'weightedmean': lambda: (x * n).sum(0) / n.sum(), 'lasttoken': lambda: x[-1]}[mode]()
                    rows.append(v / v.norm())
                golden['sentences.' + mode] = torch.stack(rows)
    save_file({k: v.clone().contiguous() for k, v in golden.items()}, os.path.join(OUT, 'models.safetensors'))


if __name__ == '__main__':
    what = sys.argv[1:] or ['tokenizers', 'models']
    if 'tokenizers' in what:
        make_tokenizers()
    if 'models' in what:
        make_models()
