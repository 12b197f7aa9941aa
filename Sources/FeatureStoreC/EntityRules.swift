import CFStore
import Columnar
import FeatureStore

extension EntityRecipe {
    /// The recipe that C gives.
    ///
    /// - Throws: `CallError` if a text cannot be read, or none or several origins are given.
    init(_ rule: fs_rule) throws {
        let path = try optionalText(rule.path, "path")
        let view = try optionalText(rule.from_view, "from_view")
        let isGiven = rule.rows != nil || path != nil
        guard rule.rows == nil || path == nil else { throw CallError("give path or rows, not both") }
        let origin: Origin
        if let every = try Self.parsed(rule.every, "every", "a duration such as 1d or 15m", { TimeSpan($0) }) {
            guard view == nil else { throw CallError("give every or from_view, not both") }
            let keysOf = try optionalText(rule.keys_of, "keys_of")
            guard keysOf == nil || !isGiven else { throw CallError("give keys or keys_of, not both") }
            origin = .spine(
                every: every, from: Timestamp(microseconds: rule.from), to: Timestamp(microseconds: rule.to),
                keys: path.map { .file(path: $0) } ?? (isGiven ? .given(name: "keys") : .known(ofView: keysOf)))
        } else if let view {
            guard !isGiven else { throw CallError("the rows of a view are asked for, and others given") }
            func bound(_ time: Int64) -> Timestamp? { time == 0 ? nil : Timestamp(microseconds: time) }
            origin = .view(name: view, from: bound(rule.from), to: bound(rule.to))
        } else {
            guard isGiven else { throw CallError("give every, from_view, path or rows") }
            origin = path.map { .file(path: $0) } ?? .given(name: "rows")
        }
        self.init(
            origin, where: try optionalText(rule.where, "where"),
            sample: try Self.parsed(rule.sample, "sample", "a number of keys, or 10%", { RowSample($0) }),
            split: try Self.parsed(rule.split, "split", "time:0.8, time:2024-03-01 or key:0.8", { RowSplit($0) }),
            gap: try Self.parsed(rule.gap, "gap", "a duration such as 7d", { TimeSpan($0) }),
            seed: rule.seed == 0 ? nil : Int(rule.seed))
    }

    private static func parsed<Value>(
        _ argument: UnsafePointer<CChar>?, _ name: String, _ expected: String, _ parse: (String) -> Value?
    ) throws -> Value? {
        guard let text = try optionalText(argument, name) else { return nil }
        guard let value = parse(text) else { throw CallError("\(name) takes \(expected), not '\(text)'") }
        return value
    }
}
