/// A length of time in whole microseconds, written `90s`, `15m`, `2h`, `7d`, `4w`.
public struct TimeSpan: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(microseconds: count * 1_000_000) }
    public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.microseconds < b.microseconds }

    private static let units: [(suffix: Character, seconds: Int64)] = [
        ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// Reads a whole number and a unit (`s m h d w`); nil for anything else, or for more than 1000 years.
    public init?(_ text: String) {
        guard let suffix = text.last, let unit = Self.units.first(where: { $0.suffix == suffix }),
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int64(text.dropLast()),
            count <= 1000 * 366 * 86_400 / unit.seconds
        else { return nil }
        self = .seconds(count * unit.seconds)
    }
}

extension TimeSpan: CustomStringConvertible {
    /// A spelling that `init(_:)` reads back, in the largest unit up to days: `7d`, `90m`.
    public var description: String {
        let seconds = microseconds / 1_000_000
        guard seconds != 0 else { return "0s" }
        // Weeks are read but not written: who wrote 7d should find 7d again.
        for unit in Self.units where unit.suffix != "w" && seconds % unit.seconds == 0 {
            return "\(seconds / unit.seconds)\(unit.suffix)"
        }
        return "\(seconds)s"
    }
}

extension TimeSpan: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let span = TimeSpan(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unreadable duration '\(text)'"))
        }
        self = span
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
