import Columnar

/// When rows of a view become available (DESIGN §4), as times that can be compared.
struct AvailabilityRule: Hashable, Sendable {
    private let isTimeless: Bool
    private let availability: Availability

    init(_ layout: ViewLayout) {
        isTimeless = layout.isTimeless
        availability = layout.view.availability
    }

    /// From when on a row can be used: it has happened, and was available.
    func time(event: Int64, created: Int64?) -> Int64 {
        if isTimeless { return .min }
        switch availability {
        case .event: return event
        case .created: return max(event, created ?? .min)
        case .delayed(let delay):
            let (time, overflow) = event.addingReportingOverflow(delay.microseconds)
            return overflow ? .max : time
        }
    }

    /// When the first and the last of the rows become available that are not at `now`; nil if all are.
    ///
    /// - Parameter table: has the layout's fields.
    func waiting(in table: Table, layout: ViewLayout, at now: Timestamp) -> ClosedRange<Timestamp>? {
        guard let eventIndex = layout.eventIndex else { return nil }
        let events = table.columns[eventIndex].elements(as: Int64.self)
        let created = layout.createdIndex.map { table.columns[$0].elements(as: Int64.self) }
        var range: ClosedRange<Timestamp>?
        for row in 0..<table.rowCount {
            let time = Timestamp(microseconds: time(event: events[row], created: created?[row]))
            guard time > now else { continue }
            range = range.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        }
        return range
    }
}
