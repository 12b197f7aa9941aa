import Columnar

/// `encode:` of a feature service: `view:feature: step`, or a list of steps; a step is a name, or `{name: what it needs}`.
extension DeclarationParser {
    func encodings(of map: YAMLMap) -> [(encoding: FeatureEncoding, place: Place)] {
        guard let node = map.node("encode") else { return [] }
        guard case .mapping(let entries) = node.value.content else {
            log.report(
                "'encode' must be a map of features to steps, e.g. {\"driver_stats:conv_rate\": standardize}, not "
                    + node.value.kind, at: node.place)
            return []
        }
        return entries.compactMap { entry in
            let keyPlace = place(entry.keyPosition)
            guard let feature = FeatureReference(entry.key), feature.feature != nil else {
                log.report("'\(entry.key.shortened)' is no feature: write view:feature", at: keyPlace)
                return nil
            }
            let steps = encodingSteps(entry.value)
            return steps.isEmpty ? nil : (FeatureEncoding(feature: feature, steps: steps), keyPlace)
        }
    }

    private func encodingSteps(_ node: YAMLNode) -> [EncodingStep] {
        if case .sequence(let nodes) = node.content { return nodes.compactMap(encodingStep) }
        return [encodingStep(node)].compactMap(\.self)
    }

    private func encodingStep(_ node: YAMLNode) -> EncodingStep? {
        switch node.content {
        case .scalar(let name, _) where !node.isNull:
            return encodingStep(named: Located(value: name, place: place(node.position)), nil)
        case .mapping(let entries) where entries.count == 1:
            let name = Located(value: entries[0].key, place: place(entries[0].keyPosition))
            return encodingStep(named: name, entries[0].value)
        default:
            log.report(
                "a step is a name, e.g. standardize, or a map of one, e.g. {one_hot: {max_categories: 50}}, not "
                    + node.kind, at: place(node.position))
            return nil
        }
    }

    private func encodingStep(named name: Located<String>, _ given: YAMLNode?) -> EncodingStep? {
        let parameters = StepParameters(step: name, node: given, parser: self)
        switch name.value {
        case "pass": return parameters.none(.pass)
        case "standardize": return parameters.none(.standardize)
        case "min_max": return parameters.none(.minMax)
        case "robust": return parameters.none(.robust)
        case "log1p": return parameters.none(.log1p)
        case "ordinal": return parameters.none(.ordinal)
        case "frequency": return parameters.none(.frequency)
        case "normalize": return parameters.none(.normalize)
        case "clip": return clip(parameters)
        case "impute": return imputation(parameters)
        case "bucketize":
            guard let edges = parameters.numbers("[0, 10, 100]") else { return nil }
            guard !edges.isEmpty, zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
                log.report("the edges of 'bucketize' must ascend, e.g. [0, 10, 100]", at: parameters.place)
                return nil
            }
            return .bucketize(edges: edges)
        case "quantile_bucketize":
            return parameters.count("quantile_bucketize: 10", in: 2...1000).map { .quantileBucketize(count: $0) }
        case "hashed": return parameters.count("hashed: 64", in: 2...1_048_576).map { .hashed(buckets: $0) }
        case "one_hot":
            guard given != nil else { return .oneHot(maximumCategories: 50) }
            guard let map = parameters.map(["max_categories"]) else { return nil }
            return map.wholeNumber("max_categories", in: 1...100_000, default: 50).map {
                .oneHot(maximumCategories: $0)
            }
        case "target": return target(parameters)
        case "cyclic": return cyclic(parameters)
        default:
            log.report(
                "unknown step '\(name.value.shortened)'" + Spelling.suggestion(for: name.value, in: EncodingStep.names)
                    + " (known: \(EncodingStep.names.joined(separator: ", ")))", at: name.place)
            return nil
        }
    }

    private func clip(_ parameters: StepParameters) -> EncodingStep? {
        guard let map = parameters.map(["min", "max"]) else { return nil }
        let (least, greatest) = (map.number("min"), map.number("max"))
        guard least != nil || greatest != nil else {
            log.report("'clip' needs 'min', 'max' or both, e.g. {clip: {min: 0, max: 1}}", at: parameters.place)
            return nil
        }
        if let least, let greatest, least > greatest {
            log.report("'min' of 'clip' lies above its 'max'", at: parameters.place)
            return nil
        }
        return .clip(least: least, greatest: greatest)
    }

    private func imputation(_ parameters: StepParameters) -> EncodingStep? {
        let example = "impute: mean, or impute: {with: 0, indicator: true}"
        guard let node = parameters.node else {
            log.report("'impute' needs what to put in, e.g. \(example)", at: parameters.place)
            return nil
        }
        if case .scalar(let text, let isPlain) = node.content {
            return .impute(Self.imputation(text, isPlain: isPlain), hasIndicator: false)
        }
        guard let map = parameters.map(["with", "indicator"]) else { return nil }
        guard let with = map.node("with"), case .scalar(let text, let isPlain) = with.value.content else {
            log.report("'impute' needs 'with', e.g. \(example)", at: parameters.place)
            return nil
        }
        return .impute(
            Self.imputation(text, isPlain: isPlain), hasIndicator: map.text("indicator")?.value == "true")
    }

    private static func imputation(_ text: String, isPlain: Bool) -> EncodingStep.Imputation {
        guard isPlain else { return .text(text) }
        switch text {
        case "mean": return .mean
        case "median": return .median
        case "most_frequent": return .mostFrequent
        default: return Double(text).map { .number($0) } ?? .text(text)
        }
    }

    private func target(_ parameters: StepParameters) -> EncodingStep? {
        guard let map = parameters.map(["label", "smoothing", "folds"]),
            let label = map.requiredText("label", example: "label: converted")
        else { return nil }
        guard let folds = map.wholeNumber("folds", in: 2...100, default: 5) else { return nil }
        let smoothing = map.number("smoothing") ?? 20
        guard smoothing >= 0 else {
            log.report("'smoothing' is a number of rows, not less than 0", at: parameters.place)
            return nil
        }
        return .target(label: label.value, smoothing: smoothing, folds: folds)
    }

    private func cyclic(_ parameters: StepParameters) -> EncodingStep? {
        let known = EncodingStep.TimeCycle.allCases.map(\.rawValue)
        guard let words = parameters.words("cyclic: [hour, weekday]") else { return nil }
        var cycles: [EncodingStep.TimeCycle] = []
        for word in words {
            guard let cycle = EncodingStep.TimeCycle(rawValue: word.value) else {
                log.report(
                    "unknown cycle '\(word.value.shortened)'" + Spelling.suggestion(for: word.value, in: known)
                        + " (known: \(known.joined(separator: ", ")))", at: word.place)
                return nil
            }
            cycles.append(cycle)
        }
        return cycles.isEmpty ? nil : .cyclic(cycles)
    }
}

/// What is written behind a step's name.
private struct StepParameters {
    let step: Located<String>
    let node: YAMLNode?
    let parser: DeclarationParser

    var place: Place { node.map { parser.place($0.position) } ?? step.place }

    init(step: Located<String>, node: YAMLNode?, parser: DeclarationParser) {
        self.step = step
        self.node = node.flatMap { $0.isNull ? nil : $0 }
        self.parser = parser
    }

    /// `result` for a step that takes nothing.
    func none(_ result: EncodingStep) -> EncodingStep? {
        guard node == nil else {
            parser.log.report("'\(step.value)' takes nothing: write its name alone", at: place)
            return nil
        }
        return result
    }

    func map(_ keys: [String]) -> YAMLMap? {
        guard let node else {
            parser.log.report("'\(step.value)' needs \(keys.joined(separator: ", "))", at: place)
            return nil
        }
        return YAMLMap(node, at: place, subject: "'\(step.value)'", keys: keys, log: parser.log)
    }

    func count(_ example: String, in range: ClosedRange<Int>) -> Int? {
        if case .scalar(let text, _) = node?.content, let count = Int(text), range.contains(count) { return count }
        parser.log.report(
            "'\(step.value)' needs a whole number from \(range.lowerBound) to \(range.upperBound), e.g. \(example)",
            at: place)
        return nil
    }

    /// A text, or a list of texts.
    func words(_ example: String) -> [Located<String>]? {
        switch node?.content {
        case .scalar(let text, _): return [Located(value: text, place: place)]
        case .sequence(let nodes):
            return nodes.compactMap { node in
                guard case .scalar(let text, _) = node.content else { return nil }
                return Located(value: text, place: parser.place(node.position))
            }
        default:
            parser.log.report("'\(step.value)' needs a list, e.g. \(example)", at: place)
            return nil
        }
    }

    func numbers(_ example: String) -> [Double]? {
        guard let words = words(example) else { return nil }
        var numbers: [Double] = []
        for word in words {
            guard let number = Double(word.value), number.isFinite else {
                parser.log.report("'\(word.value.shortened)' is no number", at: word.place)
                return nil
            }
            numbers.append(number)
        }
        return numbers
    }
}

extension YAMLMap {
    /// The number of `key`; nil if it is absent, or no number, which is reported.
    fileprivate func number(_ key: String) -> Double? {
        guard let text = text(key) else { return nil }
        if let number = Double(text.value), number.isFinite { return number }
        log.report("'\(key)' must be a number, not '\(text.value.shortened)'", at: text.place)
        return nil
    }

    /// The whole number of `key`, or `fallback` if it is absent; nil if it is none, which is reported.
    fileprivate func wholeNumber(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int? {
        guard let text = text(key) else { return fallback }
        if let number = Int(text.value), range.contains(number) { return number }
        log.report(
            "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound), not "
                + "'\(text.value.shortened)'", at: text.place)
        return nil
    }
}
