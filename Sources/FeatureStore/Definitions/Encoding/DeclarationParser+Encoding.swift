import Columnar

/// `encode:` of a feature service: `view:feature: step`, or a list of steps; a step is a name, or `{name: what it needs}`.
/// A type in place of a feature stands for all features of it that are not named.
extension DeclarationParser {
    /// - Returns: what is declared, and where each part of it stands.
    func encoding(of map: YAMLMap) -> (encoding: ServiceEncoding, features: [Place], types: [String: Place])? {
        guard let node = map.node("encode") else { return nil }
        guard case .mapping(let entries) = node.value.content else {
            log.report(
                "'encode' must be a map of features to steps, e.g. {\"driver_stats:conv_rate\": standardize}, not "
                    + node.value.kind, at: node.place)
            return nil
        }
        var encoding = ServiceEncoding()
        var (features, types): ([Place], [String: Place]) = ([], [:])
        for entry in entries {
            let keyPlace = place(entry.keyPosition)
            let steps = encodingSteps(entry.value)
            if FeatureType.encodingNames.contains(entry.key) {
                types[entry.key] = keyPlace
                if !steps.isEmpty { encoding.types[entry.key] = steps }
            } else if let feature = FeatureReference(entry.key), feature.feature != nil {
                guard !steps.isEmpty else { continue }
                encoding.features.append(FeatureEncoding(feature: feature, steps: steps))
                features.append(keyPlace)
            } else {
                log.report(
                    "'\(entry.key.shortened)' is no feature and no type: write view:feature, or "
                        + FeatureType.encodingNames.joined(separator: ", "), at: keyPlace)
            }
        }
        return (encoding, features, types)
    }

    private func encodingSteps(_ node: YAMLNode) -> [EncodingStep] {
        if case .sequence(let nodes) = node.content {
            if nodes.isEmpty { log.report("there is no step; write one, e.g. standardize", at: place(node.position)) }
            let steps = nodes.compactMap(encodingStep)
            // A chain with a hole in it would be another chain.
            return steps.count == nodes.count ? steps : []
        }
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
        for (key, number) in [("min", least), ("max", greatest)] where map.node(key) != nil && number == nil {
            return nil
        }
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
        var hasIndicator = false
        if let word = map.text("indicator") {
            guard word.value == "true" || word.value == "false" else {
                log.report("'indicator' is true or false, not '\(word.value.shortened)'", at: word.place)
                return nil
            }
            hasIndicator = word.value == "true"
        }
        return .impute(Self.imputation(text, isPlain: isPlain), hasIndicator: hasIndicator)
    }

    private static func imputation(_ text: String, isPlain: Bool) -> EncodingStep.Imputation {
        guard isPlain else { return .text(text) }
        switch text {
        case "mean": return .mean
        case "median": return .median
        case "most_frequent": return .mostFrequent
        default: return Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .text(text)
        }
    }

    private func target(_ parameters: StepParameters) -> EncodingStep? {
        guard let map = parameters.map(["label", "smoothing", "folds"]),
            let label = map.requiredText("label", example: "label: converted")
        else { return nil }
        guard let folds = map.wholeNumber("folds", in: 2...100, default: 5) else { return nil }
        guard let smoothing = map.node("smoothing") == nil ? 20 : map.number("smoothing") else { return nil }
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
