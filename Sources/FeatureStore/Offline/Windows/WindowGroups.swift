import Columnar

/// Computes functions of events that are taken apart by the values of a second column, as maps of those values.
struct WindowGroups {
    let sequence: EventSequence
    /// The place of the column whose values functions take; nil for events themselves.
    let column: Int?
    /// The place of the column by whose values events are taken apart.
    let by: Int

    /// What is wanted: a function over a window, of all groups or the top ones.
    struct Wanted {
        var function: AggregateFunction
        var window: AggregateWindow
        var top: Int?
    }

    /// Answers that are held at once, about: of one key's groups all are.
    private static let answersHeld = 1 << 20

    /// A column of texts with one value a question for each of `wanted`.
    ///
    /// Complexity: O(events · log groups + questions · groups of the key) for each function and window.
    func columns(_ wanted: [Wanted]) throws(DataError) -> [Column] {
        let keys = try sequence.values(by)
        let columns = sequence.batch.join.plan.columns
        var builders = wanted.map { _ in ColumnBuilder(.string) }
        var parted = PartedEvents(of: sequence, by: keys)
        for place in sequence.spans.indices {
            parted.add(span: place)
            if parted.answers >= Self.answersHeld || place == sequence.spans.count - 1 {
                try answer(parted, wanted, keys, columns[by].type, &builders)
                parted = PartedEvents(of: sequence, by: keys, ranks: parted)
            }
        }
        return builders.indices.map { builders[$0].finish() }
    }

    private func answer(
        _ parted: PartedEvents, _ wanted: [Wanted], _ keys: Column, _ keyType: FeatureType,
        _ builders: inout [ColumnBuilder]
    ) throws(DataError) {
        let type = column.map { sequence.batch.join.plan.columns[$0].type }
        let groups = EventSequence(of: sequence.batch, places: parted.places, spans: parted.spans)
        let functions = WindowFunctions(
            sequence: groups, type: type, values: try column.map { index throws(DataError) in try groups.values(index) }
        )
        let values = functions.columns(wanted.map { .init(function: $0.function, window: $0.window) })
        for (number, wanted) in wanted.enumerated() {
            let bounds = groups.bounds(of: wanted.window)
            let valueType = wanted.function.outputType(of: type) ?? .int64
            withExtendedLifetime(bounds) {
                let counts = bounds.counts.elements(as: Int32.self)
                for key in parted.keys {
                    for question in 0..<key.questions {
                        var entries: [(key: AggregateScalar, value: Value)] = []
                        for group in key.groups {
                            let query = parted.spans[group].queries.lowerBound + question
                            guard counts[query] > 0 else { continue }
                            entries.append((parted.scalars[group], values[number].value(at: query)))
                        }
                        if entries.isEmpty {
                            builders[number].appendNull()
                        } else {
                            _ = builders[number].append(
                                .string(AggregateState.text(of: entries, keyType, valueType, top: wanted.top)))
                        }
                    }
                }
            }
        }
    }
}

/// Events of some keys, taken apart by groups, each of which is a span.
private struct PartedEvents {
    private let sequence: EventSequence
    private let values: Column
    /// The order of the groups' values, UInt64, one an event.
    private let ranks: Buffer
    /// Places in the batch.
    private(set) var places: [Int32] = []
    private(set) var spans: [EventSpan] = []
    /// The value of each span's group.
    private(set) var scalars: [AggregateScalar] = []
    private(set) var keys: [(groups: Range<Int>, questions: Int)] = []

    init(of sequence: EventSequence, by values: Column, ranks: PartedEvents? = nil) {
        self.sequence = sequence
        self.values = values
        self.ranks = ranks?.ranks ?? RankedWords.of(values)
    }

    /// One for each question of each group.
    var answers: Int { spans.last?.queries.upperBound ?? 0 }

    mutating func add(span number: Int) {
        let span = sequence.spans[number]
        let words = ranks.elements(as: UInt64.self)
        // Stable, so that a group's events stay in order.
        let events = span.events.filter { !values.isNull($0) }
            .sorted { words[$0] != words[$1] ? words[$0] < words[$1] : $0 < $1 }
        let firstGroup = spans.count
        var place = 0
        while place < events.count {
            let start = places.count
            let first = events[place]
            while place < events.count, words[events[place]] == words[first] {
                places.append(sequence.places?[events[place]] ?? Int32(truncatingIfNeeded: events[place]))
                place += 1
            }
            let query = answers
            spans.append(
                EventSpan(
                    events: start..<places.count, queries: query..<query + span.queries.count, firstSlot: span.firstSlot
                ))
            scalars.append(AggregateScalar(values, row: first) ?? .word(0))
        }
        keys.append((firstGroup..<spans.count, span.queries.count))
    }
}
