import Columnar
import FeatureStore
import Foundation

/// Reads JSON arrays as typed columns.
extension JSONCursor {
    /// Reads an array of values of a declared type; what does not fit is told with its place.
    ///
    /// A number in quotes is read as the number, and a string as itself only: `"1"` fits an int64, `1` fits no string.
    /// `"NaN"`, `"Infinity"` and `"-Infinity"` are floats, base64 is bytes, RFC 3339 text is a timestamp, as is a number
    /// of seconds.
    mutating func column(of type: FeatureType, maximumRows: Int) throws(JSONError) -> Column {
        var builder = ColumnBuilder(type.dataType)
        try array { (cursor) throws(JSONError) in
            guard builder.count < maximumRows else {
                throw cursor.error("more than \(maximumRows) rows in one request; send them in parts")
            }
            try cursor.append(to: &builder, as: type)
        }
        return builder.finish()
    }

    @inline(__always)
    mutating func append(to builder: inout ColumnBuilder, as type: FeatureType) throws(JSONError) {
        let first = try peek()
        if first == UInt8(ascii: "n") {
            guard try literal() == nil else { throw error("a value is expected") }
            builder.appendNull()
            return
        }
        switch type {
        case .bool:
            guard let value = try literal() else { throw error("true or false is expected") }
            builder.append(value)
        case .int32:
            guard let value = Int32(exactly: try wholeNumber(first)) else { throw misfit(type) }
            builder.append(fixed: value)
        case .int64: builder.append(fixed: try wholeNumber(first))
        case .float32: builder.append(fixed: try singlePrecision(first))
        case .float64: builder.append(fixed: try realNumber(first))
        case .string:
            guard first == UInt8(ascii: "\"") else { throw error("a string is expected") }
            let text = try string()
            if text.hasEscapes {
                guard builder.append(.string(text.string)) else { throw misfit(type) }
            } else {
                guard text.raw.allSatisfy({ $0 < 0x80 }) || String(validating: text.raw, as: UTF8.self) != nil else {
                    throw error("a string is not UTF-8")
                }
                builder.append(bytes: text.raw)
            }
        case .bytes:
            guard first == UInt8(ascii: "\""), let data = Data(base64Encoded: try string().string) else {
                throw error("a string of base64 is expected")
            }
            data.withUnsafeBytes { builder.append(bytes: $0) }
        case .timestamp: builder.append(fixed: try instant(first).microseconds)
        case .vector(let length):
            var elements: [Value] = []
            try array { (cursor) throws(JSONError) in
                guard elements.count < length else { throw cursor.error("a vector has more than \(length) elements") }
                elements.append(.float32(try cursor.singlePrecision(try cursor.peek())))
            }
            guard builder.append(.list(elements)) else {
                throw error("a vector of \(length) elements is expected, not of \(elements.count)")
            }
        }
    }

    private func misfit(_ type: FeatureType) -> JSONError { error("a value does not fit \(type)") }

    /// A whole number, bare or in quotes.
    mutating func wholeNumber(_ first: UInt8) throws(JSONError) -> Int64 {
        let start = offset
        let number: JSONNumber
        if first == UInt8(ascii: "\"") {
            var inner = JSONCursor(try string().raw)
            guard let quoted = try? inner.number(), (try? inner.expectEnd()) != nil else {
                throw error("a whole number is expected", at: start)
            }
            number = quoted
        } else {
            number = try self.number()
        }
        guard let value = number.int64 else { throw error("a whole number within 64 bits is expected", at: start) }
        return value
    }

    /// A number rounded to single precision; what is finite stays so.
    private mutating func singlePrecision(_ first: UInt8) throws(JSONError) -> Float {
        let start = offset
        let number = try realNumber(first)
        let rounded = Float(number)
        guard rounded.isInfinite == number.isInfinite else { throw error("a number beyond float32's range", at: start) }
        return rounded
    }

    /// A number, bare or in quotes, or the name of one that JSON cannot write.
    private mutating func realNumber(_ first: UInt8) throws(JSONError) -> Double {
        let start = offset
        guard first == UInt8(ascii: "\"") else {
            guard let value = try number().double else { throw error("a number beyond float64's range", at: start) }
            return value
        }
        let text = try string()
        if text == "NaN" { return .nan }
        if text == "Infinity" { return .infinity }
        if text == "-Infinity" { return -.infinity }
        var inner = JSONCursor(text.raw)
        guard let value = (try? inner.number())?.double, (try? inner.expectEnd()) != nil else {
            throw error("a number is expected", at: start)
        }
        return value
    }

    private static let secondsOfYear10000 = 253_402_300_800.0

    /// RFC 3339 text (without a zone: UTC), or seconds since 1970.
    private mutating func instant(_ first: UInt8) throws(JSONError) -> Timestamp {
        let start = offset
        if first == UInt8(ascii: "\"") {
            let text = try string()
            let time = text.hasEscapes ? Timestamp(parsing: text.string) : Timestamp(parsing: text.raw)
            guard let time else { throw error("a time such as 2024-01-31T10:00:00Z is expected", at: start) }
            return time
        }
        guard let seconds = try number().double,
            let microseconds = Int64(exactly: (seconds * 1_000_000).rounded())
        else { throw error("a time is expected", at: start) }
        // What counts milliseconds would lie tens of thousands of years ahead, and be believed.
        guard seconds.magnitude < Self.secondsOfYear10000 else {
            throw error("a time in seconds since 1970 is expected, and this is beyond the year 9999", at: start)
        }
        return Timestamp(microseconds: microseconds)
    }
}

extension ByteBuffer {
    /// One value of a column as JSON.
    func appendJSON(_ column: Column, row: Int, type: FeatureType) {
        if column.isNull(row) { return append("null") }
        switch type {
        case .bool: appendJSON(column.bits[row])
        case .int32: appendJSON(Int64(column.elements(as: Int32.self)[row]))
        case .int64: appendJSON(column.elements(as: Int64.self)[row])
        case .string: appendJSON(utf8: column.bytes(at: row))
        case .bytes: appendJSON(base64: column.bytes(at: row))
        case .float32: appendJSON(Double(column.elements(as: Float.self)[row]))
        case .float64: appendJSON(column.elements(as: Double.self)[row])
        case .timestamp: appendJSON(Timestamp(microseconds: column.elements(as: Int64.self)[row]))
        case .vector: append("null")
        }
    }
}
