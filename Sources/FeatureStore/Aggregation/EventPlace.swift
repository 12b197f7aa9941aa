/// Where an event stands among others of its key: by event time, then created, then the order of arrival.
struct EventPlace: Hashable, Comparable, Sendable {
    /// Microseconds.
    var time: Int64
    /// Microseconds; Int64.min where it is not known.
    var created: Int64 = .min
    /// The sequence of the commit that it arrived with, or the last of several.
    var sequence: Int64 = 0
    /// Among the key's events of that commit that are equal so far, the order in which they came.
    var ordinal: Int64 = 0

    @inline(__always)
    static func < (a: EventPlace, b: EventPlace) -> Bool {
        if a.time != b.time { return a.time < b.time }
        if a.created != b.created { return a.created < b.created }
        if a.sequence != b.sequence { return a.sequence < b.sequence }
        return a.ordinal < b.ordinal
    }
}
