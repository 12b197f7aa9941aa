import Columnar

/// The label that comes back for a read of a service (`label:`).
public struct ServiceLabel: Hashable, Sendable, Codable {
    /// What becomes of a read for which no label came within the window.
    public enum Missing: Hashable, Sendable {
        /// It is no example.
        case drop
        /// It is an example with this label, as the definition spells it.
        case value(String)
    }

    public var name: String
    public var type: FeatureType
    /// How long after the read a label counts; nil for as long as the read is remembered.
    public var window: TimeSpan?
    public var missing: Missing

    public init(name: String, type: FeatureType, window: TimeSpan? = nil, missing: Missing = .drop) {
        self.name = name
        self.type = type
        self.window = window
        self.missing = missing
    }

    /// The types that a label may have.
    public static let types: [FeatureType] = [.bool, .int32, .int64, .float32, .float64, .string]

    /// A label from text, as the command line and definitions give it; nil if it does not fit the type.
    public func value(parsing text: String) -> Value? {
        switch type {
        case .bool: ["true": .bool(true), "false": .bool(false), "1": .bool(true), "0": .bool(false)][text]
        case .float32: Float(text).flatMap { $0.isFinite ? .float32($0) : nil }
        case .float64: Double(text).flatMap { $0.isFinite ? .float64($0) : nil }
        default: type.value(parsing: text)
        }
    }
}

extension ServiceLabel.Missing: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String?.self)
        self = text.map(Self.value) ?? .drop
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if case .value(let text) = self { try container.encode(text) } else { try container.encodeNil() }
    }
}

extension ServiceLabel: CustomStringConvertible {
    public var description: String {
        let until = window.map { ", window: \($0)" } ?? ""
        let lack = if case .value(let text) = missing { text } else { "drop" }
        return "{name: \(name), type: \(type)\(until), missing: \(lack)}"
    }
}
