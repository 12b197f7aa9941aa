import Columnar
import Foundation

@testable import FeatureStore

/// Evaluates an expression's syntax on one row of values, as slowly and plainly as the reference reads.
struct ExpressionOracle {
    private let syntax: ExpressionSyntax

    init(_ syntax: ExpressionSyntax) { self.syntax = syntax }

    struct Unknown: Error { var function: String }

    func value(_ names: [String: Value]) throws -> Value { try value(syntax, names) }

    private func value(_ node: ExpressionSyntax, _ names: [String: Value]) throws -> Value {
        switch node.kind {
        case .constant(.null): return .null
        case .constant(.bool(let value)): return .bool(value)
        case .constant(.integer(let value)): return .int(value)
        case .constant(.float(let value)): return .float64(value)
        case .constant(.string(let value)): return .string(value)
        case .constant(.timestamp(let value)): return .timestamp(value)
        case .constant(.duration(let value)): return .int(value.microseconds)
        case .name(let name):
            if case .float32(let number)? = names[name] { return .float64(Double(number)) }
            return names[name] ?? .null
        case .call(let function, let parts):
            return try call(function, try parts.map { try value($0, names) })
        }
    }

    private func call(_ function: String, _ values: [Value]) throws -> Value {
        switch function {
        case "if": return values[0] == .bool(true) ? values[1] : values[2]
        case "coalesce": return values.first { $0 != .null } ?? .null
        case "null_if": return try call("==", values) == .bool(true) ? .null : values[0]
        case "is_null": return .bool(values[0] == .null)
        case "and":
            if values.contains(.bool(false)) { return .bool(false) }
            return values.contains(.null) ? .null : .bool(true)
        case "or":
            if values.contains(.bool(true)) { return .bool(true) }
            return values.contains(.null) ? .null : .bool(false)
        case "in":
            return try values.dropFirst().map { try call("==", [values[0], $0]) }.reduce(.bool(false)) {
                try call("or", [$0, $1])
            }
        case "clip": return try call("min", [try call("max", [values[0], values[1]]), values[2]])
        default: break
        }
        if values.contains(.null) { return .null }
        switch (function, values[0], values.count > 1 ? values[1] : .null) {
        case ("not", .bool(let a), _): return .bool(!a)
        case (_, .int(let a), .int(let b)) where function != "/": return try integers(function, a, b)
        case (_, .string(let a), .string(let b)) where values.count == 2: return try texts(function, a, b)
        case (_, .bool(let a), .bool(let b)): return .bool(function == "==" ? a == b : a != b)
        case (_, .timestamp(let a), .timestamp(let b)): return .bool(function == "==" ? a == b : a != b)
        case ("+", .timestamp(let a), .int(let b)): return .timestamp(Timestamp(microseconds: a.microseconds + b))
        case ("floor_time", .timestamp(let a), .int(let span)):
            var start = a.microseconds / span * span
            if start > a.microseconds { start -= span }
            return .timestamp(Timestamp(microseconds: start))
        case ("timestamp", .string(let text), _): return .timestamp(Timestamp(parsing: text)!)
        case (_, .timestamp(let time), _): return try part(function, of: time)
        case (_, .string(let text), _): return try text1(function, text, values)
        case ("string", .int(let a), _): return .string(String(a))
        case ("int", .float64(let a), _): return Int64(exactly: a.rounded(.towardZero)).map { .int($0) } ?? .null
        case ("negate", .int(let a), _): return a == .min ? .null : .int(-a)
        case ("abs", .int(let a), _): return a == .min ? .null : .int(abs(a))
        case ("sign", .int(let a), _): return .int(a.signum())
        case (_, .int, .null)
        where function == "floor" || function == "round" || function == "trunc" || function == "ceil"
            || function == "int":
            return values[0]
        default: return try floats(function, values.map { try number($0) })
        }
    }

    private func number(_ value: Value) throws -> Double {
        switch value {
        case .int(let value): return Double(value)
        case .float64(let value): return value
        default: throw Unknown(function: "\(value)")
        }
    }

    private func integers(_ function: String, _ a: Int64, _ b: Int64) throws -> Value {
        func checked(_ result: (partialValue: Int64, overflow: Bool)) -> Value {
            result.overflow ? .null : .int(result.partialValue)
        }
        switch function {
        case "+": return checked(a.addingReportingOverflow(b))
        case "-": return checked(a.subtractingReportingOverflow(b))
        case "*": return checked(a.multipliedReportingOverflow(by: b))
        case "//":
            if b == 0 { return .null }
            // In 128 bits nothing overflows.
            let quotient = Int128(a) / Int128(b)
            let exact = Int128(a) % Int128(b) == 0 || (a < 0) == (b < 0)
            return Int64(exactly: exact ? quotient : quotient - 1).map { .int($0) } ?? .null
        case "%":
            if b == 0 { return .null }
            var rest = Int128(a) % Int128(b)
            if rest != 0, (rest < 0) != (b < 0) { rest += Int128(b) }
            return .int(Int64(rest))
        case "min": return .int(Swift.min(a, b))
        case "max": return .int(Swift.max(a, b))
        case "<": return .bool(a < b)
        case "<=": return .bool(a <= b)
        case ">": return .bool(a > b)
        case ">=": return .bool(a >= b)
        case "==": return .bool(a == b)
        case "!=": return .bool(a != b)
        default: throw Unknown(function: function)
        }
    }

    private func floats(_ function: String, _ values: [Double]) throws -> Value {
        let (a, b) = (values[0], values.count > 1 ? values[1] : 0)
        switch function {
        case "+": return .float64(a + b)
        case "-": return .float64(a - b)
        case "*": return .float64(a * b)
        case "/": return .float64(a / b)
        case "//": return .float64((a / b).rounded(.down))
        case "%":
            var rest = fmod(a, b)
            if rest != 0, (rest < 0) != (b < 0) { rest += b }
            return .float64(rest)
        case "negate": return .float64(-a)
        case "abs": return .float64(abs(a))
        case "sqrt": return .float64(a.squareRoot())
        case "exp": return .float64(exp(a))
        case "floor": return .float64(a.rounded(.down))
        case "ceil": return .float64(a.rounded(.up))
        case "round": return .float64(a.rounded(.toNearestOrAwayFromZero))
        case "trunc": return .float64(a.rounded(.towardZero))
        case "min": return .float64(a.isNaN ? a : b.isNaN ? b : a < b ? a : b)
        case "max": return .float64(a.isNaN ? a : b.isNaN ? b : a > b ? a : b)
        case "<": return .bool(a < b)
        case "<=": return .bool(a <= b)
        case ">": return .bool(a > b)
        case ">=": return .bool(a >= b)
        case "==": return .bool(a == b)
        case "!=": return .bool(a != b)
        default: throw Unknown(function: function)
        }
    }

    private func texts(_ function: String, _ a: String, _ b: String) throws -> Value {
        let (x, y) = (Array(a.utf8), Array(b.utf8))
        switch function {
        case "concat", "+": return .string(a + b)
        case "==": return .bool(x == y)
        case "!=": return .bool(x != y)
        case "<": return .bool(x.lexicographicallyPrecedes(y))
        case "<=": return .bool(!y.lexicographicallyPrecedes(x))
        case ">": return .bool(y.lexicographicallyPrecedes(x))
        case ">=": return .bool(!x.lexicographicallyPrecedes(y))
        default: throw Unknown(function: function)
        }
    }

    private func text1(_ function: String, _ text: String, _ values: [Value]) throws -> Value {
        switch function {
        case "length": return .int(Int64(text.unicodeScalars.count))
        case "lower": return .string(text.lowercased())
        case "upper": return .string(text.uppercased())
        case "trim": return .string(text.trimmingCharacters(in: .whitespacesAndNewlines))
        case "replace":
            guard case .string(let part) = values[1], case .string(let new) = values[2] else {
                throw Unknown(function: function)
            }
            return .string(part.isEmpty ? text : text.components(separatedBy: part).joined(separator: new))
        case "substring":
            guard case .int(let start) = values[1], case .int(let count) = values[2] else {
                throw Unknown(function: function)
            }
            guard start >= 0, count >= 0 else { return .null }
            let scalars = Array(text.unicodeScalars).dropFirst(Int(clamping: start)).prefix(Int(clamping: count))
            return .string(String(String.UnicodeScalarView(scalars)))
        default: throw Unknown(function: function)
        }
    }

    private func part(_ function: String, of time: Timestamp) throws -> Value {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        switch function {
        case "year": return .int(Int64(calendar.component(.year, from: date)))
        case "month": return .int(Int64(calendar.component(.month, from: date)))
        case "day": return .int(Int64(calendar.component(.day, from: date)))
        case "hour": return .int(Int64(calendar.component(.hour, from: date)))
        case "minute": return .int(Int64(calendar.component(.minute, from: date)))
        case "weekday": return .int(Int64((calendar.component(.weekday, from: date) + 5) % 7))
        case "day_of_year": return .int(Int64(calendar.ordinality(of: .day, in: .year, for: date)!))
        default: throw Unknown(function: function)
        }
    }
}
