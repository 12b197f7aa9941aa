import Columnar

/// What is written behind a step's name.
struct StepParameters {
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
    func number(_ key: String) -> Double? {
        guard let text = text(key) else { return nil }
        if let number = Double(text.value), number.isFinite { return number }
        log.report("'\(key)' must be a number, not '\(text.value.shortened)'", at: text.place)
        return nil
    }

    /// The whole number of `key`, or `fallback` if it is absent; nil if it is none, which is reported.
    func wholeNumber(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int? {
        guard let text = text(key) else { return fallback }
        if let number = Int(text.value), range.contains(number) { return number }
        log.report(
            "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound), not "
                + "'\(text.value.shortened)'", at: text.place)
        return nil
    }
}
