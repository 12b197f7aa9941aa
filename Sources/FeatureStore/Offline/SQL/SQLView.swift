import Columnar

/// One feature view of a training set in SQL: its history, and the row of it that each entity row takes (DESIGN §4).
struct SQLView {
    let layout: ViewLayout
    let segments: [HistoryFiles.Segment]
    /// The features asked for.
    let features: [Feature]
    let withTimes: Bool
    let dialect: SQLDialect

    // Names of ours have two underscores, which names of views and features never do.
    var history: String { layout.view.name + "__history" }
    var chosenRows: String { layout.view.name + "__chosen" }

    /// A feature as a column of the result.
    func value(of feature: Feature) -> String { "\(history).\(dialect.identifier(feature.name))" }

    /// The chosen row's event time as a column of the result.
    var eventTime: String { "\(history).__event_timestamp" }

    // MARK: - History

    /// The table expression of the history, in lines.
    var historyLines: [String] {
        var lines = [
            "-- \(layout.view.name): its history, segment by segment in order of arrival; in a segment, rows that are",
            "-- equal in key and times lie in order of arrival.", "\(history) AS (",
        ]
        if segments.isEmpty {
            lines += ["    SELECT"] + SQLText.list(columns(of: nil), indent: 8) + ["    WHERE false"]
        }
        for (number, segment) in segments.enumerated() {
            if number > 0 { lines.append("    UNION ALL") }
            lines += ["    SELECT"] + SQLText.list(columns(of: segment.file), indent: 8)
            lines.append("    FROM \(dialect.parquet(segment.file.file.path))")
            if let bound = segment.bound { lines.append("    WHERE \(condition(bound))") }
        }
        return lines + [")"]
    }

    private func columns(of segment: SegmentFile?) -> [String] {
        let number = FeatureType.int64
        func column(_ name: String, _ type: FeatureType, _ value: (String) -> String = { $0 }) -> String {
            segment?.file.index(of: name) == nil ? dialect.null(type) : value(dialect.identifier(name))
        }
        func time(_ name: String) -> String { column(name, number) { dialect.microseconds($0, .instant) } }
        var columns = [
            "\(segment.map { String($0.record.sequences.lowerBound) } ?? dialect.null(number)) AS __segment",
            "\(segment == nil ? dialect.null(number) : dialect.position) AS __position",
        ]
        for (place, key) in layout.keys.enumerated() {
            columns.append("\(column(key.name, key.type)) AS __key\(place + 1)")
        }
        if !layout.isTimeless { columns.append("\(time(ViewLayout.eventColumn)) AS __event") }
        if layout.hasCreated { columns.append("\(time(ViewLayout.createdColumn)) AS __created") }
        if layout.hasEnd { columns.append("\(time(ViewLayout.endColumn)) AS __end") }
        if withTimes && !layout.isTimeless {
            columns.append("\(column(ViewLayout.eventColumn, .timestamp)) AS __event_timestamp")
        }
        for feature in features {
            let value = column(feature.name, feature.type)
            let name = dialect.identifier(feature.name)
            columns.append(value == name ? name : "\(value) AS \(name)")
        }
        return columns
    }

    /// What of a segment's rows had been pushed.
    private func condition(_ bound: HistoryMark.Bound) -> String {
        switch bound {
        case .sequence(let last): "\(dialect.identifier(PushedRows.sequenceColumn)) <= \(last)"
        case .time(let last):
            "\(dialect.microseconds(dialect.identifier(PushedRows.timeColumn), .instant)) <= \(last.microseconds)"
        }
    }

    // MARK: - The result

    /// The joins that bring each entity row its chosen row, or none.
    func joinLines(of entities: SQLEntityRows) -> [String] {
        [
            "LEFT JOIN \(chosenRows) ON \(chosenRows).__row = \(SQLEntityRows.name).\(entities.row)",
            "LEFT JOIN \(history)",
            "    ON \(history).__segment = \(chosenRows).__segment AND \(history).__position = \(chosenRows).__position",
        ]
    }
}
