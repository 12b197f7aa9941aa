import Columnar
import FeatureStore

extension Command {
    static let history = Command(
        name: "history", summary: "Tells what was known of one key, and when.",
        discussion: """
            The key's rows in order of event time, those of one event in the order in which they count. A row is in force from
            when it is available, and until a better one is, it ends, or it is older than the view's ttl: a training row of a
            time within has its values. The row that is in force at --at is marked.
            """,
        arguments: [
            Argument(name: "VIEW", help: "The feature view.", completion: .candidates("views")),
            Argument(name: "KEY=VALUE", help: "The join keys.", count: .any),
        ],
        options: [
            Option(name: "features", kind: .value("F,…"), help: "Only these features of the view."),
            Option(name: "from", kind: .value("TIME"), help: "Leave out rows of earlier events."),
            Option(name: "to", kind: .value("TIME"), help: "Leave out rows of events at this time or later."),
            Option(name: "at", kind: .value("TIME"), help: "The time at which to tell what is in force. Default: now."),
            Option(
                name: "rows", kind: .value("N"), help: "Print the last N rows only. Default: 50; --json has all."),
            Option(
                name: "plot", kind: .value("FEATURE"), help: "Draw a feature of numbers: its value in force over time."),
        ],
        examples: [
            ("fstore history driver_stats driver_id=1001", "all that is known of a driver"),
            ("fstore history driver_stats driver_id=1001 --at 2024-03-01", "what was in force on that day"),
            ("fstore history driver_stats driver_id=1001 --plot conv_rate", "one feature as a drawing"),
        ]
    ) { arguments, terminal in
        let view = arguments.positional[0]
        let given = try KeyValues(arguments.positional.dropFirst())
        let expected = "a time such as 2024-01-31 or 2024-01-31T10:00:00Z"
        let limit = try arguments.value("rows", "a number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 50
        let store = try arguments.openStore()
        let plotted = arguments.value("plot")
        var names = arguments.value("features").map { features(in: $0, of: view) }
        if let plotted, let features = names, !features.contains(plotted) { names = features + [plotted] }
        let history = try store.history(
            of: view, key: try given.typed(for: try store.joinKeys(of: view)), features: names,
            from: try arguments.value("from", expected) { Timestamp(parsing: $0) },
            to: try arguments.value("to", expected) { Timestamp(parsing: $0) },
            at: try arguments.value("at", expected) { Timestamp(parsing: $0) } ?? .now)
        let drawing = try plotted.map { try plot($0, of: history, width: terminal.textWidth) }
        terminal.say(summary(history, given))
        if let drawing {
            drawing.forEach(terminal.say)
        } else if !history.rows.isEmpty {
            if history.rows.count > limit {
                terminal.say("the last \(limit); --rows, --from and --to choose others")
            }
            terminal.say(table(history, last: limit))
        }
        try terminal.printJSON(history)
    }

    private static func summary(_ history: KeyHistory, _ given: KeyValues) -> String {
        let name = "\(history.view) \(given)"
        if history.rows.isEmpty { return "\(name): no rows" }
        let rows = "\(name): \(Quantities.count(history.rows.count, "row"))"
        guard history.hasEvent else { return rows }
        guard let row = history.rowInForce, let event = row.event else {
            return "\(rows), none of them in force at \(history.time)"
        }
        return "\(rows); in force at \(history.time): that of \(event)"
    }

    private static func table(_ history: KeyHistory, last limit: Int) -> TextTable {
        let rows = history.rows.suffix(limit)
        // Mostly it is one of the times that are shown anyway.
        let showsAvailable = rows.contains { $0.available != $0.event && $0.available != $0.created }
        var header = [""]
        if history.hasEvent { header.append("event time") }
        if history.hasCreated { header.append("created") }
        if history.hasEnd { header.append("valid to") }
        if showsAvailable { header.append("available") }
        if history.hasEvent { header.append("in force until") }
        let times = Set(header.indices)
        header += ["arrived", "state"]
        let numbers = history.features.indices.filter { history.features[$0].type.isNumber }.map { $0 + header.count }
        var table = TextTable(header + history.features.map(\.name), numbers: Set(numbers), times: times)
        for row in rows {
            func time(_ time: Timestamp?) -> String { time?.description ?? "–" }
            var cells = [row.state == .inForce ? "▶" : ""]
            if history.hasEvent { cells.append(time(row.event)) }
            if history.hasCreated { cells.append(time(row.created)) }
            if history.hasEnd { cells.append(time(row.end)) }
            if showsAvailable { cells.append(time(row.available)) }
            if history.hasEvent { cells.append(row.inForce.map(ending) ?? "never") }
            cells += [arrival(row.arrival), row.state.rawValue + (row.isCorrection ? ", a correction" : "")]
            table.add(cells + row.values.map { $0 == .null ? "–" : $0.shown })
        }
        return table
    }

    private static func ending(_ span: KeyHistory.Span) -> String {
        guard let until = span.until else { return "further notice" }
        // A row of just the age of the ttl still counts.
        return span.endsByAge ? "\(Timestamp(microseconds: until.microseconds - 1)), ttl" : until.description
    }

    private static func arrival(_ sequences: ClosedRange<Int64>) -> String {
        sequences.count == 1 ? "\(sequences.lowerBound)" : "\(sequences.lowerBound)…\(sequences.upperBound)"
    }

    /// The value in force over the time of the rows.
    private static func plot(_ name: String, of history: KeyHistory, width: Int) throws -> [String] {
        guard let place = history.features.firstIndex(where: { $0.name == name }) else {
            throw StoreError.unknown(
                kind: "feature of '\(history.view)'", name: name,
                suggestion: Spelling.nearest(to: name, in: history.features.map(\.name)))
        }
        guard history.hasEvent else { throw StoreError.badRequest("the rows of \(history.view) have no times to plot") }
        guard history.features[place].type.isNumber || history.features[place].type == .bool else {
            throw StoreError.badRequest(
                "'\(name)' is of type \(history.features[place].type); --plot draws numbers and booleans")
        }
        let steps = history.rows.compactMap { row in
            row.inForce.map { span in
                StepPlot.Step(
                    from: Double(span.from.microseconds), until: span.until.map { Double($0.microseconds) },
                    value: row.values[place].plotted)
            }
        }
        guard let plot = StepPlot(steps, now: Double(history.time.microseconds), width: width) else {
            return ["no value of '\(name)' was ever in force"]
        }
        return [name]
            + plot.lines {
                // Within what a time can be, to the second.
                let seconds = min(max($0 / 1e6, -9.2e12), 9.2e12).rounded(.down)
                return Timestamp(microseconds: Int64(seconds) * 1_000_000).description
            }
    }
}

extension FeatureType {
    fileprivate var isNumber: Bool {
        switch self {
        case .int32, .int64, .float32, .float64: true
        default: false
        }
    }
}

extension Value {
    /// A finite number, or 0 and 1 for booleans.
    fileprivate var plotted: Double? {
        let number: Double? =
            switch self {
            case .bool(let value): value ? 1 : 0
            case .int(let value): Double(value)
            case .float32(let value): Double(value)
            case .float64(let value): value
            default: nil
            }
        return number.flatMap { $0.isFinite ? $0 : nil }
    }
}
