import Columnar
import Foundation

/// The offsets of a time zone from UTC, looked up once so that a row costs a search among a few hundred numbers.
///
/// Known from 1900 to 2100; before and after the nearest offset holds.
struct ExpressionZone: Sendable {
    let name: String
    /// From which instants on, in microseconds UTC; ascending.
    private let starts: [Int64]
    /// Microseconds east of UTC, one for each start.
    private let offsets: [Int64]

    /// In place of a zone's number.
    static let utc = -1
    static var knownNames: [String] { TimeZone.knownTimeZoneIdentifiers }

    /// - Parameter name: of the tz database, e.g. `Europe/Berlin`, or `UTC`.
    init?(named name: String) {
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        self.name = name
        func offset(_ second: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
        }
        var starts: [Int64] = []
        var offsets: [Int64] = []
        var last = offset(Self.firstSecond)
        starts.append(.min)
        offsets.append(last * 1_000_000)
        for week in stride(from: Self.firstSecond, to: Self.lastSecond, by: 7 * 86_400) {
            let next = offset(week + 7 * 86_400)
            guard next != last else { continue }
            // The change lies within this week; zones change on whole seconds.
            var (before, after) = (week, week + 7 * 86_400)
            while after - before > 1 {
                let middle = (before + after) / 2
                if offset(middle) == last { before = middle } else { after = middle }
            }
            starts.append(after * 1_000_000)
            offsets.append(next * 1_000_000)
            last = next
        }
        self.starts = starts
        self.offsets = offsets
    }

    private static let firstSecond: Int64 = -2_208_988_800
    private static let lastSecond: Int64 = 4_102_444_800

    /// Microseconds east of UTC at an instant. Complexity: O(log changes).
    func offset(at microseconds: Int64) -> Int64 {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= microseconds { low = middle } else { high = middle }
        }
        return offsets[low]
    }
}
