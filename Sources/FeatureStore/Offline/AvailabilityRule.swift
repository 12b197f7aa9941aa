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

    /// The time of the last row of `table`, which has the layout's fields; nil if there is none, or the view is timeless.
    func latest(of table: Table, layout: ViewLayout) -> Int64? {
        guard let eventIndex = layout.eventIndex else { return nil }
        let events = table.columns[eventIndex].elements(as: Int64.self)
        let created = layout.createdIndex.map { table.columns[$0].elements(as: Int64.self) }
        return (0..<table.rowCount).map { time(event: events[$0], created: created?[$0]) }.max()
    }
}
