import Columnar

@testable import FeatureStore

/// Aggregates over windows straight from the rule (DESIGN §4): of all events those that the window takes, then the obvious
/// summary of a list. Values are multiples of 1/64, so that sums in doubles are exact.
struct WindowOracle {
    struct Event: Hashable {
        var key: Int64
        /// Seconds.
        var time: Int64
        var created: Int64?
        var x: Double?
        var n: Int64?
        var zone: String?
    }

    /// In the order of arrival.
    var events: [Event] = []
    var availability: Availability
    /// Seconds; nil for exact.
    var hop: Int64?

    private func isAvailable(_ event: Event, at time: Int64) -> Bool {
        switch availability {
        case .event: true
        case .created: event.created ?? .min <= time
        case .delayed(let delay): event.time + delay.microseconds / 1_000_000 <= time
        }
    }

    private func floored(_ time: Int64, _ step: Int64) -> Int64 { time - (time % step + step) % step }

    /// The events that a feature of a key counts at a time, in the order of (event time, created, arrival).
    func events(of key: Int64, at time: Int64, in window: AggregateWindow) -> [Event] {
        let offset = window.offset.microseconds / 1_000_000
        var end = time - offset
        var start = window.length.map { time - offset - $0.microseconds / 1_000_000 }
        if let hop {
            if offset > 0 { end = floored(end, hop) }
            start = start.map { floored($0, hop) }
        }
        let taken = events.enumerated().filter { _, event in
            event.key == key && event.time < end && start.map { event.time >= $0 } ?? true
                && event.time < time && isAvailable(event, at: time)
        }
        return taken.sorted { a, b in
            (a.element.time, a.element.created ?? .min, a.offset) < (
                b.element.time, b.element.created ?? .min, b.offset
            )
        }.map(\.element)
    }

    /// A feature's value.
    func value(of feature: AggregateFeature, key: Int64, at time: Int64) -> Value {
        var taken = events(of: key, at: time, in: feature.window)
        switch feature.filter {
        case "x > 0.5": taken = taken.filter { $0.x.map { $0 > 0.5 } ?? false }
        case "id == 1 or n > 3": taken = taken.filter { $0.key == 1 || $0.n.map { $0 > 3 } ?? false }
        default: break
        }
        guard feature.by != nil else { return value(of: feature, taken, at: time) }
        var groups: [String: [Event]] = [:]
        for event in taken {
            guard let zone = event.zone, !isNull(feature.column, event) else { continue }
            groups[zone, default: []].append(event)
        }
        guard !groups.isEmpty else { return .null }
        var entries = groups.sorted { $0.key < $1.key }.map { ($0.key, value(of: feature, $0.value, at: time)) }
        if let top = feature.top {
            // Counts and sums of integers only.
            entries = entries.enumerated().sorted { a, b in
                let (x, y) = (number(a.element.1), number(b.element.1))
                return x == y ? a.offset < b.offset : x > y
            }.prefix(top).map(\.element)
        }
        return .string("{" + entries.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
    }

    private func number(_ value: Value) -> Int64 { if case .int(let number) = value { number } else { .min } }

    private func isNull(_ column: String?, _ event: Event) -> Bool {
        switch column {
        case "x": event.x == nil
        case "n": event.n == nil
        case "zone": event.zone == nil
        default: false
        }
    }

    private func value(of feature: AggregateFeature, _ taken: [Event], at time: Int64) -> Value {
        let events = taken.filter { !isNull(feature.column, $0) }
        if feature.function == .count { return .int(Int64(events.count)) }
        if feature.function == .rate {
            return .float64(Double(events.count) / Double((feature.window.length?.microseconds ?? 0) / 1_000_000))
        }
        guard let last = events.last else { return .null }
        if feature.function == .timeSinceLast {
            return .float64(Double(time - (events.map(\.time).max() ?? last.time)))
        }
        switch feature.column {
        case "x": return summary(feature.function, events.compactMap(\.x)) { .float64($0) } ?? .null
        case "n":
            let numbers = events.compactMap(\.n)
            if feature.function == .sum { return .int(numbers.reduce(0, +)) }
            return summary(feature.function, numbers.map { Double($0) }) { .int(Int64($0)) } ?? .null
        default:
            let zones = events.compactMap(\.zone)
            switch feature.function {
            case .last: return .string(zones[zones.count - 1])
            case .first: return .string(zones[0])
            case .distinctCount: return .int(Int64(Set(zones).count))
            case .lastN(let count):
                return .string("[" + zones.suffix(count).reversed().map { "\"\($0)\"" }.joined(separator: ",") + "]")
            default: return .null
            }
        }
    }

    private func summary(
        _ function: AggregateFunction, _ numbers: [Double], _ value: (Double) -> Value
    ) -> Value? {
        let n = Double(numbers.count)
        let sum = numbers.reduce(0, +)
        // Of multiples of 1/64 with few bits this is exact, and rounded once.
        let scatter = (n * numbers.reduce(0) { $0 + $1 * $1 } - sum * sum) / n
        switch function {
        case .sum: return .float64(sum)
        case .mean: return .float64(sum / n)
        case .min: return numbers.min().map(value)
        case .max: return numbers.max().map(value)
        case .variance: return numbers.count > 1 ? .float64(scatter / (n - 1)) : .null
        case .stddev: return numbers.count > 1 ? .float64((scatter / (n - 1)).squareRoot()) : .null
        case .first: return value(numbers[0])
        case .last: return value(numbers[numbers.count - 1])
        case .distinctCount:
            let different = Set(numbers)
            guard different.count > HyperLogLog.exactLimit else { return .int(Int64(different.count)) }
            var sketch = HyperLogLog()
            for number in different {
                sketch.add(
                    hash: AggregateScalar.word(AggregateScalar.word(ofFloat: number)).stableHash(isFloat: true))
            }
            return .int(Int64(sketch.estimate.rounded()))
        case .quantile(let q):
            var sketch = DDSketch()
            for number in numbers { sketch.add(number) }
            return sketch.quantile(q).map { .float64($0) }
        default: return nil
        }
    }
}
