import Columnar
import FeatureStore

extension Command {
    static let stats = Command(
        name: "stats", summary: "Tells what the values of a view's features are like.",
        discussion: """
            Counts, least and greatest values, means and standard deviations are exact, and so is all else of a feature with up
            to 2,048 different values. Beyond, quantiles lie within 0.8 % of the value of their rank, and of times within a
            thousandth of their range; how many values are different is told within 1.6 % (one standard error), and the most
            frequent values say by how much their counts may be too large. All this is kept as rows are stored, so that it
            costs no scan.

            With --features each feature is told in full: all quantiles, and the most frequent values with their counts.
            """,
        arguments: [Argument(name: "VIEW", help: "The feature view.", completion: .candidates("views"))],
        options: [
            Option(name: "features", kind: .value("F,…"), help: "Only these features of the view, each in full.")
        ],
        examples: [
            ("fstore stats driver_stats", "a line a feature"),
            ("fstore stats driver_stats --features conv_rate,city", "two features in full"),
        ]
    ) { arguments, terminal in
        let view = arguments.positional[0]
        let names = arguments.value("features").map { features(in: $0, of: view) }
        let statistics = try arguments.openStore().statistics(of: view, features: names)
        terminal.say("\(view): \(Quantities.count(Int(statistics.rows), "row"))")
        if names == nil {
            terminal.say(overview(statistics.features))
        } else {
            for feature in statistics.features { details(feature).forEach(terminal.say) }
        }
        if statistics.rowsUncollected > 0 {
            terminal.say(
                "\(Quantities.count(Int(statistics.rowsUncollected), "row")) had to be looked at; "
                    + "'fstore compact \(view)' spares that")
        }
        try terminal.printJSON(statistics)
    }

    /// `a,b` or `view:a,view:b`.
    static func features(in text: String, of view: String) -> [String] {
        text.split(separator: ",").map { word in
            word.hasPrefix(view + ":") ? String(word.dropFirst(view.count + 1)) : String(word)
        }
    }

    private static func overview(_ features: [FeatureStatistics]) -> TextTable {
        var table = TextTable(
            [
                "feature", "type", "nulls", "distinct", "min", "median", "max", "mean", "sd", "distribution",
                "most frequent",
            ],
            numbers: [2, 3, 4, 5, 6, 7, 8])
        for feature in features {
            table.add([
                feature.feature, feature.type.description, share(feature.nulls, of: feature.rows),
                distinct(feature.distinct), feature.isText ? "–" : end(feature.minimum), feature.median,
                feature.isText ? "–" : end(feature.maximum),
                feature.isText ? "–" : feature.mean.map(Quantities.number) ?? feature.trueShare ?? "–",
                feature.standardDeviation.map(Quantities.number) ?? "–", distribution(feature),
                feature.top?.first.map { "\($0.short) (\(share($0.count, of: feature.rows - feature.nulls)))" } ?? "",
            ])
        }
        return table
    }

    private static func details(_ feature: FeatureStatistics) -> [String] {
        var facts = [
            ("rows", Quantities.count(Int(feature.rows))),
            ("nulls", "\(Quantities.count(Int(feature.nulls))) (\(share(feature.nulls, of: feature.rows)))"),
        ]
        func add(_ name: String, _ text: String?) { if let text { facts.append((name, text)) } }
        func addCount(_ name: String, _ count: Int64?) {
            if let count, count > 0 { facts.append((name, Quantities.count(Int(count)))) }
        }
        addCount(feature.dimensions == nil ? "NaN" : "not finite", feature.notNumbers)
        addCount("infinite", feature.infinities)
        addCount("empty", feature.empty)
        let about = feature.dimensions != nil ? "norm " : feature.empty != nil ? "length " : ""
        add("true", feature.trues.map { "\(Quantities.count(Int($0))) (\(feature.trueShare ?? "–"))" })
        add("distinct", feature.distinct.map { distinctInFull($0) })
        add(about + "min", feature.minimum.map { $0.value.shown })
        add(about + "max", feature.maximum.map { $0.value.shown })
        add(about + "mean", feature.mean.map { "\($0)" })
        add(about + "sd", feature.standardDeviation.map { "\($0)" })
        let width = (facts.map(\.0.count).max() ?? 0) + 2
        var lines = ["", "\(feature.feature): \(feature.type)"]
        lines += facts.map { "  \($0)\(String(repeating: " ", count: width - $0.count))\($1)" }
        if let distribution = feature.distribution, distribution.counts.count > 1 {
            lines.append(
                "  \(Quantities.number(distribution.from.value)) \(Sparkline.bars(distribution.counts.map(Double.init))) "
                    + Quantities.number(distribution.to.value))
        }
        lines += quantileLines(feature) + topLines(feature) + dimensionLines(feature)
        return lines
    }

    private static func quantileLines(_ feature: FeatureStatistics) -> [String] {
        guard let quantiles = feature.quantiles else { return [] }
        var table = TextTable(["quantile", "value"], numbers: [0, 1])
        for quantile in quantiles { table.add(["\(quantile.q)", Quantities.number(quantile.value.value)]) }
        var error = "exact"
        if let relative = feature.quantileError?.relative, relative > 0 {
            error = "± \(Quantities.number(relative * 100)) %"
        }
        if let seconds = feature.quantileError?.seconds, seconds > 0 { error = "± \(Quantities.seconds(seconds))" }
        return table.lines().map { "  " + $0 } + ["  (\(error))"]
    }

    private static func topLines(_ feature: FeatureStatistics) -> [String] {
        guard let top = feature.top, !top.isEmpty else { return [] }
        var table = TextTable(["most frequent", "count", "share"], numbers: [1, 2])
        for value in top {
            let most = Quantities.count(Int(value.count))
            let least = Quantities.count(Int(value.count - value.error))
            table.add([
                value.text, value.error > 0 ? "\(least) … \(most)" : most,
                share(value.count, of: feature.rows - feature.nulls),
            ])
        }
        return table.lines(maximumCell: 60).map { "  " + $0 }
    }

    private static func dimensionLines(_ feature: FeatureStatistics) -> [String] {
        guard let dimensions = feature.dimensions else { return [] }
        var table = TextTable(["dimension", "min", "mean", "max"], numbers: [0, 1, 2, 3])
        for (i, dimension) in dimensions.enumerated() {
            table.add([
                String(i), Quantities.number(Double(dimension.minimum)), Quantities.number(dimension.mean),
                Quantities.number(Double(dimension.maximum)),
            ])
        }
        return table.lines().map { "  " + $0 }
    }

    private static func end(_ value: JSONValue?) -> String { value.map { Quantities.number($0.value) } ?? "–" }

    /// A small histogram, or of texts how long they are.
    private static func distribution(_ feature: FeatureStatistics) -> String {
        if feature.isText, let least = feature.minimum, let greatest = feature.maximum {
            let range = least == greatest ? "\(least.value)" : "\(least.value) to \(greatest.value)"
            return "\(range) \(feature.type == .string ? "characters" : "bytes")"
        }
        return feature.distribution.map { Sparkline.bars($0.counts.map(Double.init)) } ?? ""
    }

    static func distinct(_ distinct: FeatureStatistics.DistinctCount?) -> String {
        guard let distinct else { return "–" }
        return distinct.isExact ? Quantities.count(Int(distinct.count)) : "~" + Quantities.short(Double(distinct.count))
    }

    private static func distinctInFull(_ distinct: FeatureStatistics.DistinctCount) -> String {
        let count = Quantities.count(Int(distinct.count))
        return distinct.isExact ? count : "about \(count) (± \(Quantities.number(distinct.standardError * 100)) %)"
    }

    /// `2.0 %`, `0 %`, `< 0.1 %`.
    static func share(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "–" }
        guard part > 0 else { return "0 %" }
        let tenths = (Double(part) / Double(whole) * 1000).rounded()
        if tenths == 0 { return "< 0.1 %" }
        if tenths == 1000 && part < whole { return "> 99.9 %" }
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) %" : "\(tenths / 10) %"
    }
}

extension FeatureStatistics {
    fileprivate var isText: Bool { type == .string || type == .bytes }

    var median: String {
        quantiles?.first { $0.q == 0.5 }.map { Quantities.number($0.value.value) } ?? "–"
    }

    /// `1.2 … 99`, `3 different`, `about 1.2 M different`, `40 % true`: enough to see whether it is what one thinks.
    var inShort: String {
        if let trueShare { return rows > nulls ? trueShare : "" }
        if isText || minimum == nil {
            guard let distinct, distinct.count > 0 else { return "" }
            return Command.distinct(distinct) + " different"
        }
        let (least, greatest) = (
            minimum.map { Quantities.number($0.value) }, maximum.map { Quantities.number($0.value) }
        )
        return (dimensions == nil ? "" : "norm ") + [least, greatest].compactMap(\.self).joined(separator: " … ")
    }

    /// Of booleans.
    var trueShare: String? { trues.map { Command.share($0, of: rows - nulls) + " true" } }
}

extension FeatureStatistics.FrequentValue {
    fileprivate var text: String { value.value.shown + (isCut == true ? "…" : "") }

    /// With numbers to four digits.
    fileprivate var short: String {
        switch value.value {
        case .float32, .float64: Quantities.number(value.value)
        default: text
        }
    }
}

extension Value {
    /// As a table shows it; nothing to see is told.
    var shown: String { self == .string("") ? "''" : description }
}
