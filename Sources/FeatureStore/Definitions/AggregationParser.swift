import Columnar

/// Reads a view's `aggregate:`: the event columns that it stores, and the features that it computes from them.
///
///     aggregate:
///       hop: 5m                                  # or exact: true
///       windows: [1h, 7d, lifetime, {window: 7d, offset: 7d}]
///       columns: {status: string}
///       features:
///         trips: {functions: [count, rate]}
///         fare: {type: float64, functions: [sum, {quantile: 0.95}], where: "status = 'done'"}
struct AggregationParser {
    private let parser: DeclarationParser
    private let map: YAMLMap
    private var log: MistakeLog { parser.log }
    private var view: Declaration<FeatureView>
    private var aggregation = Aggregation(hop: nil, columns: [], features: [])
    private var windows: [Window] = []
    /// Where each feature's name comes from, by name.
    private var namePlaces: [String: Place] = [:]

    /// A window as it was written.
    private struct Window {
        var window: AggregateWindow
        /// What it adds to a feature's name: `1d`, `7d_7d_ago`.
        var suffix: String
        var place: Place
    }

    private static let windowsExample = "windows: [1h, 7d, lifetime]"

    /// Reads the map at `node` into `view`, whose other parts have been read.
    static func parse(
        _ node: Located<YAMLNode>, into view: inout Declaration<FeatureView>, _ parser: DeclarationParser
    ) {
        guard
            let map = YAMLMap(
                node.value, at: node.place, subject: "'aggregate' of '\(view.model.name.shortened)'",
                keys: ["hop", "exact", "windows", "columns", "features"], log: parser.log)
        else { return }
        var reading = AggregationParser(parser: parser, map: map, view: view)
        reading.readStarts()
        reading.windows = map.node("windows").map { reading.windows($0) } ?? []
        reading.readColumns()
        reading.readFeatures()
        view = reading.view
        view.model.aggregation = reading.aggregation
    }

    private init(parser: DeclarationParser, map: YAMLMap, view: Declaration<FeatureView>) {
        self.parser = parser
        self.map = map
        self.view = view
    }

    // MARK: - Windows

    /// Whether windows begin exactly or with a tile; one of them must be said.
    private mutating func readStarts() {
        let exact = map.text("exact")
        if let exact, exact.value != "true" {
            log.report(
                "'exact' can only be true; for windows that begin with a tile write hop: 5m instead", at: exact.place)
        }
        guard let text = map.text("hop") else {
            if exact == nil {
                log.report(
                    "\(map.subject) does not say how windows begin: write hop: 5m (each begins with a tile of 5 minutes, so that "
                        + "tiles can be kept online) or exact: true (online, single events are kept)", at: map.place)
            }
            return
        }
        if exact != nil {
            log.report("windows begin either exactly or with a tile: remove 'hop' or 'exact'", at: text.place)
        }
        guard let span = parser.timeSpan(text, key: "hop") else { return }
        guard span.microseconds > 0 else {
            log.report("'hop' must be longer than 0s; for windows that begin exactly write exact: true", at: text.place)
            return
        }
        aggregation.hop = span
    }

    private func windows(_ node: Located<YAMLNode>) -> [Window] {
        guard case .sequence(let items) = node.value.content, !items.isEmpty else {
            log.report("'windows' must be a list of at least one, e.g. \(Self.windowsExample)", at: node.place)
            return []
        }
        var found: [Window] = []
        for item in items {
            guard let window = window(item) else { continue }
            if let first = found.first(where: { $0.window == window.window }) {
                log.report(
                    "the window \(window.window) stands twice in this list (line \(first.place.position.line)): remove one",
                    at: window.place)
                continue
            }
            found.append(window)
        }
        return found
    }

    private func window(_ node: YAMLNode) -> Window? {
        let place = parser.place(node.position)
        switch node.content {
        case .scalar(let text, _) where !node.isNull:
            return length(Located(value: text, place: place)).map {
                Window(window: AggregateWindow(length: $0.span), suffix: text, place: place)
            }
        case .mapping:
            guard
                let map = YAMLMap(node, at: place, subject: "a window", keys: ["window", "offset"], log: log),
                let text = map.requiredText("window", example: "{window: 7d, offset: 7d}"),
                let length = length(text)
            else { return nil }
            guard let offsetText = map.text("offset") else {
                return Window(window: AggregateWindow(length: length.span), suffix: text.value, place: place)
            }
            guard let offset = parser.timeSpan(offsetText, key: "offset") else { return nil }
            guard offset.microseconds > 0 else {
                log.report(
                    "'offset' must be longer than 0s; leave it out for a window that ends now", at: offsetText.place)
                return nil
            }
            return Window(
                window: AggregateWindow(length: length.span, offset: offset),
                suffix: "\(text.value)_\(offsetText.value)_ago", place: place)
        default:
            log.report("a window is a duration, 'lifetime', or {window: 7d, offset: 7d}, not \(node.kind)", at: place)
            return nil
        }
    }

    /// A window's length, nil within for a lifetime; nil, and reported, if it is none.
    private func length(_ text: Located<String>) -> (span: TimeSpan?, Void)? {
        if text.value == "lifetime" { return (nil, ()) }
        guard let span = TimeSpan(text.value) else {
            log.report(
                "a window must be a duration like 15m, 2h or 7d, or lifetime, not '\(text.value.shortened)'"
                    + Spelling.suggestion(for: text.value, in: ["lifetime"]), at: text.place)
            return nil
        }
        guard span.microseconds > 0 else {
            log.report("a window must be longer than 0s", at: text.place)
            return nil
        }
        if let hop = aggregation.hop, span < hop {
            log.report(
                "the window \(text.value) is shorter than a tile of \(hop): make it longer, or 'hop' shorter",
                at: text.place)
            return nil
        }
        return (span, ())
    }

    // MARK: - Event columns

    private mutating func readColumns() {
        guard let node = map.node("columns") else { return }
        guard case .mapping(let entries) = node.value.content else {
            log.report("'columns' must be a map of names to types, e.g. {status: string}", at: node.place)
            return
        }
        for entry in entries {
            let name = Located(value: entry.key, place: parser.place(entry.keyPosition))
            parser.check(name: name, of: "an event column", isPartOfFullName: true)
            let column = parser.parseFeature(
                name, entry.value, kind: "event column", expressionPlaces: &view.expressionPlaces)
            add(column ?? Feature(entry.key, .bool), at: name.place)
        }
    }

    private mutating func add(_ column: Feature, at place: Place) {
        if let index = aggregation.columns.firstIndex(where: { $0.name == column.name }) {
            let first = view.place(of: "columns", item: index)
            log.report(
                "event column '\(column.name)' is already declared in line \(first.position.line): take its values with "
                    + "column: \(column.name)", at: place)
            return
        }
        aggregation.columns.append(column)
        view.itemPlaces["columns", default: []].append(place)
    }

    // MARK: - Features

    private mutating func readFeatures() {
        let example = "features: {fare: {type: float64, functions: [sum, mean]}}"
        guard let node = map.requiredNode("features", example: example) else { return }
        guard case .mapping(let entries) = node.value.content, !entries.isEmpty else {
            log.report("'features' must be a map of one or more names, e.g. \(example)", at: node.place)
            return
        }
        var read: [(name: Located<String>, map: YAMLMap)] = []
        // A feature may take the column of one that stands below it.
        for entry in entries {
            let name = Located(value: entry.key, place: parser.place(entry.keyPosition))
            let keys = [
                "type", "expression", "column", "functions", "windows", "where", "by", "top", "names", "description",
                "tags",
            ]
            guard
                let map = YAMLMap(
                    entry.value, at: name.place, subject: "feature '\(entry.key.shortened)'", keys: keys, log: log)
            else { continue }
            readOwnColumn(name, map)
            read.append((name, map))
        }
        for (name, map) in read { readFeature(name, map) }
    }

    /// A feature with a type brings the event column of its name.
    private mutating func readOwnColumn(_ name: Located<String>, _ map: YAMLMap) {
        if let column = map.text("column"), map.node("type") != nil || map.node("expression") != nil {
            log.report(
                "feature '\(name.value.shortened)' takes column '\(column.value.shortened)', which has its type and expression "
                    + "where it is declared: remove them here", at: column.place)
            return
        }
        guard map.node("type") != nil || map.node("expression") != nil,
            let typeName = map.requiredText("type", example: "type: float64")
        else { return }
        let expression = map.text("expression")
        if let place = Self.textPlace(map, "expression") { view.expressionPlaces[name.value] = place }
        add(
            Feature(name.value, parser.type(typeName) ?? .bool, expression: expression?.value), at: name.place)
    }

    /// Where the text of `key` begins, behind its quote.
    private static func textPlace(_ map: YAMLMap, _ key: String) -> Place? {
        guard let node = map.node(key), case .scalar(_, let isPlain) = node.value.content else { return nil }
        var place = node.place
        place.position.column += isPlain ? 0 : 1
        return place
    }

    private mutating func readFeature(_ name: Located<String>, _ map: YAMLMap) {
        let column = column(name, map)
        let functions = functions(name, map, of: column?.type)
        let windows = map.node("windows").map { self.windows($0) } ?? self.windows
        if windows.isEmpty, map.node("windows") == nil, self.map.node("windows") == nil {
            log.report(
                "\(map.subject) has no windows: write some there or above it, e.g. \(Self.windowsExample)",
                at: name.place)
        }
        let (by, top) = groups(map)
        var names = names(map)
        let filter = map.text("where")?.value
        for (function, functionPlace) in functions {
            for window in windows {
                let rule = "\(function.nameInFeatures)_\(window.suffix)"
                if function.needsWindowLength, window.window.length == nil {
                    log.report(
                        "a rate needs a window with a length: leave 'rate' out for lifetime (give its own 'windows'), or take 'count'",
                        at: functionPlace)
                    continue
                }
                let given = names.removeValue(forKey: rule)
                let full = given ?? Located(value: "\(name.value)_\(rule)", place: name.place)
                guard isFree(full, rule: rule, isGiven: given != nil) else { continue }
                var type = FeatureType.string
                if by == nil { type = function.outputType(of: column?.type) ?? .bool }
                view.model.features.append(
                    Feature(full.value, type, description: map.text("description")?.value, tags: parser.tags(of: map)))
                view.itemPlaces["features", default: []].append(full.place)
                view.itemPlaces["where", default: []].append(Self.textPlace(map, "where") ?? name.place)
                view.itemPlaces["by", default: []].append(map.node("by")?.place ?? name.place)
                aggregation.features.append(
                    AggregateFeature(
                        function, of: column?.name, over: window.window, where: filter, by: by?.value, top: top))
            }
        }
        reportUnused(names, functions, windows)
    }

    private func reportUnused(
        _ names: [String: Located<String>], _ functions: [(AggregateFunction, Place)], _ windows: [Window]
    ) {
        let known = functions.flatMap { function in windows.map { "\(function.0.nameInFeatures)_\($0.suffix)" } }
        for (rule, name) in names where !known.isEmpty && !known.contains(rule) {
            log.report(
                "'\(rule.shortened)' is none of the features here\(Spelling.suggestion(for: rule, in: known)); they are "
                    + known.joined(separator: ", "), at: name.place)
        }
    }

    /// The event column whose values the feature takes; nil if it takes events themselves, or has been reported.
    private func column(_ name: Located<String>, _ map: YAMLMap) -> Feature? {
        let wanted = map.text("column")
        let column = wanted?.value ?? (map.node("type") == nil ? nil : name.value)
        guard let column else { return nil }
        if let found = aggregation.columns.first(where: { $0.name == column }) { return found }
        if let wanted {
            log.report(
                "there is no event column '\(column.shortened)'"
                    + Spelling.suggestion(for: column, in: aggregation.columns.map(\.name))
                    + ": give it a type in a feature of its name or under 'columns'", at: wanted.place)
        }
        return Feature(column, .bool)
    }

    private func groups(_ map: YAMLMap) -> (by: Located<String>?, top: Int?) {
        let by = map.text("by")
        guard let text = map.text("top") else { return (by, nil) }
        guard by != nil else {
            log.report("'top' needs 'by', the event column whose groups it chooses from", at: text.place)
            return (by, nil)
        }
        guard let top = Int(text.value), (1...Self.mostGroups).contains(top) else {
            log.report(
                "'top' must be a whole number from 1 to \(Self.mostGroups), not '\(text.value.shortened)'",
                at: text.place)
            return (by, nil)
        }
        return (by, top)
    }

    private static let mostGroups = 1000

    /// Given names by what the rule would add: `{sum_1h: spent}`.
    private func names(_ map: YAMLMap) -> [String: Located<String>] {
        var names: [String: Located<String>] = [:]
        for (key, value) in map.texts("names") { names[key.value] = value }
        return names
    }

    private mutating func isFree(_ name: Located<String>, rule: String, isGiven: Bool) -> Bool {
        let advice = isGiven ? "give it another" : "give it one with names: {\(rule): …}"
        guard DefinitionName.isValid(name.value), !name.value.contains("__") else {
            if isGiven || !DefinitionName.isValid(name.value) && name.value.utf8.count > DefinitionName.maximumLength {
                log.report(
                    "'\(name.value.shortened)' cannot be a feature's name: use letters, digits and single '_', at most "
                        + "\(DefinitionName.maximumLength); \(advice)", at: name.place)
            } else {
                parser.check(
                    name: Located(value: name.value, place: name.place), of: "a feature", isPartOfFullName: true)
            }
            return false
        }
        if let first = namePlaces[name.value] {
            log.report(
                "'\(name.value)' is already the name of a feature of line \(first.position.line): \(advice)",
                at: name.place)
            return false
        }
        namePlaces[name.value] = name.place
        return true
    }
}
