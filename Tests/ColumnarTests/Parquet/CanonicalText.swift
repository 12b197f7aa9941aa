import Columnar
import Foundation

extension Column {
    /// All cells as text that another implementation can be asked for, too: exact for floats, and with NaN as one value.
    var canonicalText: String { (0..<count).map { value(at: $0).canonicalText }.joined(separator: " ") }
}

extension Value {
    fileprivate var canonicalText: String {
        switch self {
        case .null: "-"
        case .bool(let bit): bit ? "1" : "0"
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .float32(let number):
            number.isNaN ? "nan" : "f" + hexadecimal(withUnsafeBytes(of: number.bitPattern, Array.init))
        case .float64(let number):
            number.isNaN ? "nan" : "d" + hexadecimal(withUnsafeBytes(of: number.bitPattern, Array.init))
        case .string(let text): "s" + hexadecimal(Array(text.utf8))
        case .bytes(let bytes): "b" + hexadecimal(bytes)
        case .decimal(let number): "m" + number.description
        case .timestamp(let time): String(time.microseconds)
        case .list(let elements): "[" + elements.map(\.canonicalText).joined(separator: ",") + "]"
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Table {
    /// A line a column: the name, then the cells.
    var canonicalText: String {
        zip(fields, columns).map { $0.name + " " + $1.canonicalText }.joined(separator: "\n")
    }
}

/// Where two canonical texts first differ; nil if they are equal.
func firstDifference(_ ours: String, _ theirs: String) -> String? {
    if ours == theirs { return nil }
    let ourLines = ours.split(separator: "\n", omittingEmptySubsequences: false)
    let theirLines = theirs.split(separator: "\n", omittingEmptySubsequences: false)
    for (a, b) in zip(ourLines, theirLines) where a != b {
        let (ourCells, theirCells) = (a.split(separator: " "), b.split(separator: " "))
        for (i, (x, y)) in zip(ourCells, theirCells).enumerated() where x != y {
            return "\(ourCells[0]), row \(i - 1): \(x.prefix(100)) and not \(y.prefix(100))"
        }
        return "\(ourCells.first ?? ""): \(ourCells.count - 1) rows and not \(theirCells.count - 1)"
    }
    return "\(ourLines.count) columns and not \(theirLines.count)"
}
