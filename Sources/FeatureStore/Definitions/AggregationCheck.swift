import Columnar

/// Checks what a view's aggregates refer to, and adds the columns of the source that they read to those that are stored.
struct AggregationCheck {
    private let view: Declaration<FeatureView>
    private let source: Source
    private let joinKeys: [JoinKey]
    private let log: MistakeLog

    init(_ view: Declaration<FeatureView>, source: Source, joinKeys: [JoinKey], log: MistakeLog) {
        self.view = view
        self.source = source
        self.joinKeys = joinKeys
        self.log = log
    }

    /// The aggregation with all event columns that it reads; reports what cannot be read.
    func completed() -> Aggregation? {
        guard var aggregation = view.model.aggregation, view.isSound else { return view.model.aggregation }
        checkSource()
        let names = AggregateFilter.names(of: aggregation.columns, in: view.model, source: source, joinKeys: joinKeys)
        var read: Set<String> = []
        var reported: Set<Place> = []
        for (index, feature) in aggregation.features.enumerated() {
            if let filter = feature.filter {
                let place = view.place(of: "where", item: index)
                do throws(ExpressionError) {
                    read.formUnion(try AggregateFilter.compiled(filter, names: names).inputs.map(\.name))
                } catch {
                    if reported.insert(place).inserted { report(error, in: filter, at: place) }
                }
            }
            if let by = feature.by {
                let place = view.place(of: "by", item: index)
                if let mistake = mistake(in: by, aggregation), reported.insert(place).inserted {
                    log.report(mistake, at: place)
                }
                read.insert(by)
            }
        }
        let known = Set(aggregation.columns.map(\.name))
        for name in read.subtracting(known).sorted() {
            if let type = source.columns[name] { aggregation.columns.append(Feature(name, type)) }
        }
        return aggregation
    }

    private func checkSource() {
        if source.timestamp == nil {
            log.report(
                "aggregates are over events, which have times, but source '\(source.name)' has no 'timestamp': name the time "
                    + "column there, or leave 'aggregate' out", at: view.place(of: "source"))
        } else if source.validTo != nil {
            log.report(
                "aggregates are over events, but the rows of source '\(source.name)' last until their 'valid_to': take a source "
                    + "of events, or leave 'aggregate' out", at: view.place(of: "source"))
        }
    }

    /// What is wrong with the column by which events are taken apart; nil if nothing is.
    private func mistake(in by: String, _ aggregation: Aggregation) -> String? {
        let type = aggregation.columns.first { $0.name == by }?.type ?? source.columns[by]
        guard let type else {
            let known = aggregation.columns.map(\.name) + source.columns.keys.sorted()
            return
                "there is no event column '\(by.shortened)'\(Spelling.suggestion(for: by, in: known)): give it a type under "
                + "'columns'"
        }
        switch type {
        case .string, .bool, .int32, .int64: return nil
        case .float32, .float64, .bytes, .timestamp, .vector:
            return "events are taken apart by strings, whole numbers or booleans, and '\(by)' is of type \(type)"
        }
    }

    private func report(_ error: ExpressionError, in text: String, at place: Place) {
        var place = place
        var message = error.message
        if text.contains("\n") {
            message = "\(error.description) of the condition"
        } else {
            place.position.column += error.offset
        }
        log.report(message, at: place)
    }
}
