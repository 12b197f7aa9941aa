import Foundation

/// A category as it is stored: a text, bytes or a whole number.
///
/// Texts are the same only byte for byte: Swift's strings are also the same where they only look so.
enum Category: Sendable, Codable {
    case integer(Int64)
    case text(String)
    case bytes(Data)

    /// The category that a feature's text or bytes are.
    init(_ raw: [UInt8], of type: FeatureType) {
        self = type == .string ? .text(String(decoding: raw, as: UTF8.self)) : .bytes(Data(raw))
    }

    /// Texts and bytes as `CategoryIndex` takes them.
    var raw: [UInt8] {
        switch self {
        case .integer(let number): withUnsafeBytes(of: number.littleEndian) { Array($0) }
        case .text(let text): Array(text.utf8)
        case .bytes(let data): Array(data)
        }
    }

    /// As slots are named.
    var name: String {
        switch self {
        case .integer(let number): "\(number)"
        case .text(let text): text
        case .bytes(let data): "0x" + data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

extension Category: Hashable {
    static func == (a: Category, b: Category) -> Bool {
        switch (a, b) {
        case (.integer(let left), .integer(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.bytes(let left), .bytes(let right)): left == right
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .integer(let number): hasher.combine(number)
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .bytes(let data): hasher.combine(data)
        }
    }
}

extension Category: Comparable {
    /// Whole numbers by size, all else by bytes.
    static func < (a: Category, b: Category) -> Bool {
        switch (a, b) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        default: a.raw.lexicographicallyPrecedes(b.raw)
        }
    }
}

extension Category: HeavyHitter {
    func write(to writer: inout SketchWriter) {
        switch self {
        case .integer: writer.write(byte: 0)
        case .text: writer.write(byte: 1)
        case .bytes: writer.write(byte: 2)
        }
        writer.write(raw)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        let kind = try reader.readByte()
        let raw = Array(try reader.readRun(atMost: 1 << 30))
        switch kind {
        case 0 where raw.count == 8:
            self = .integer(raw.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) })
        case 1: self = .text(String(decoding: raw, as: UTF8.self))
        case 2: self = .bytes(Data(raw))
        default: throw SketchError("it holds a category of no known kind")
        }
    }
}
