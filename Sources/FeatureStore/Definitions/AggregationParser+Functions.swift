import Columnar

extension AggregationParser {
    static let functionsExample = "functions: [sum, mean, {quantile: 0.95}]"

    /// The functions of a feature whose column has the type `type`, nil for events themselves; each with its place.
    func functions(
        _ name: Located<String>, _ map: YAMLMap, of type: FeatureType?
    ) -> [(AggregateFunction, Place)] {
        guard let node = map.requiredNode("functions", example: Self.functionsExample) else { return [] }
        guard case .sequence(let items) = node.value.content, !items.isEmpty else {
            map.log.report("'functions' must be a list of at least one, e.g. \(Self.functionsExample)", at: node.place)
            return []
        }
        var found: [(AggregateFunction, Place)] = []
        for item in items {
            let place = Place(file: node.place.file, position: item.position)
            guard let function = Self.function(item, at: place, map.log) else { continue }
            if found.contains(where: { $0.0 == function }) {
                map.log.report("the function \(function) stands twice in this list: remove one", at: place)
            } else if function.outputType(of: type) != nil {
                found.append((function, place))
            } else if let type {
                map.log.report("\(function) is not for values of type \(type)", at: place)
            } else {
                map.log.report(
                    "\(function) needs values: give feature '\(name.value.shortened)' a type, or name its column with 'column'",
                    at: place)
            }
        }
        return found
    }

    /// Reads one function: `sum`, `quantile(0.95)` or `{quantile: 0.95}`; nil, and reported, if there is no such function.
    private static func function(_ node: YAMLNode, at place: Place, _ log: MistakeLog) -> AggregateFunction? {
        let text: String
        switch node.content {
        case .scalar(let scalar, _) where !node.isNull: text = scalar
        case .mapping(let entries):
            guard entries.count == 1, case .scalar(let argument, _) = entries[0].value.content else { fallthrough }
            text = "\(entries[0].key)(\(argument))"
        default:
            log.report("a function is a word like sum, or {quantile: 0.95} or {last_n: 3}, not \(node.kind)", at: place)
            return nil
        }
        if let function = AggregateFunction(text) { return function }
        let name = String(text.prefix { $0 != "(" })
        switch name {
        case "quantile":
            log.report("a quantile is a number from 0 to 1 with at most six places, e.g. {quantile: 0.95}", at: place)
        case "last_n":
            log.report(
                "last_n takes a whole number from 1 to \(AggregateFunction.maximumListLength), e.g. {last_n: 3}",
                at: place)
        default: log.report("unknown function '\(name.shortened)'\(hint(for: name))", at: place)
        }
        return nil
    }

    private static func hint(for name: String) -> String {
        if let meant = foreignFunctions[name.lowercased()] { return " (did you mean \(meant)?)" }
        let known = AggregateFunction.spellings
        let names = known.map { String($0.prefix { $0 != "(" }) }
        if let nearest = Spelling.nearest(to: name, in: names), let place = names.firstIndex(of: nearest) {
            return " (did you mean '\(known[place])'?)"
        }
        return " (known: \(known.joined(separator: ", ")))"
    }

    /// What other systems call our functions.
    private static let foreignFunctions = [
        "avg": "'mean'", "average": "'mean'", "total": "'sum'", "std": "'stddev'", "stddev_samp": "'stddev'",
        "var": "'variance'", "var_samp": "'variance'", "percentile": "'quantile(0.95)'",
        "approx_percentile": "'quantile(0.95)'", "p50": "'median'", "p95": "'quantile(0.95)'",
        "p99": "'quantile(0.99)'",
        "nunique": "'distinct_count'", "unique_count": "'distinct_count'", "count_distinct": "'distinct_count'",
        "approx_count_distinct": "'distinct_count'", "last_k": "'last_n(3)'", "latest": "'last'", "minimum": "'min'",
        "maximum": "'max'", "recency": "'time_since_last'",
    ]
}
