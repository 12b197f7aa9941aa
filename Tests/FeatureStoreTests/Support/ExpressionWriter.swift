import Columnar

@testable import FeatureStore

/// Writes random expressions that are well typed.
enum ExpressionWriter {
    static func value(_ type: FeatureType, nulls: Bool, _ random: inout SeededGenerator) -> Value {
        if nulls, random.chance(0.2) { return .null }
        switch type {
        case .int32: return .int(Int64(random.number(-5...5)))
        case .int64:
            return .int(
                random.chance(0.1) ? [Int64.min, .max, .max - 1][random.number(0...2)] : Int64(random.number(-9...9)))
        case .float64:
            return .float64(
                random.chance(0.2)
                    ? [.nan, .infinity, -0.0, 1e300, -1e18][random.number(0...4)] : Double(random.number(-20...20)) / 4)
        case .float32: return .float32(random.chance(0.1) ? -0.0 : Float(random.number(-9...9)) / 3)
        case .string: return .string(["", "a", "b", "Straße", "  pad ", "42", "-7", "aXa"][random.number(0...7)])
        case .timestamp:
            return .timestamp(Timestamp(microseconds: Int64(random.number(-3_000_000...3_000_000)) * 1_000_000_000))
        default: return .bool(random.chance(0.5))
        }
    }

    static func text(_ type: ExpressionType, depth: Int, _ random: inout SeededGenerator) -> String {
        func part(_ type: ExpressionType) -> String { text(type, depth: depth - 1, &random) }
        func pick(_ choices: [String]) -> String { choices[random.number(0...choices.count - 1)] }
        if depth == 0 || random.chance(0.15) {
            switch type {
            case .integer: return pick(["i", "k", "3", "0", "-1", "null"])
            case .float: return pick(["x", "f", "0.5", "2.0", "i"])
            case .bool: return pick(["b", "true", "false"])
            case .string: return pick(["s", "'a'", "'é'", "''"])
            default: return pick(["t", "timestamp('2024-06-30')"])
            }
        }
        if random.chance(0.25) {
            switch random.number(0...2) {
            case 0: return "if(\(part(.bool)), \(part(type)), \(part(type)))"
            case 1: return "coalesce(\(part(type)), \(part(type)))"
            default: return "null_if(\(part(type)), \(part(type)))"
            }
        }
        switch type {
        case .integer:
            switch random.number(0...5) {
            case 0: return "(\(part(.integer)) \(pick(["+", "-", "*", "//", "%"])) \(part(.integer)))"
            case 1: return "\(pick(["abs", "sign", "-"]))(\(part(.integer)))"
            case 2: return "\(pick(["min", "max"]))(\(part(.integer)), \(part(.integer)))"
            case 3: return "length(\(part(.string)))"
            case 4:
                return
                    "\(pick(["year", "month", "day", "hour", "minute", "weekday", "day_of_year"]))(\(part(.timestamp)))"
            default: return "int(\(pick(["floor", "round", "trunc"]))(\(part(.float))))"
            }
        case .float:
            switch random.number(0...3) {
            case 0: return "(\(part(.float)) \(pick(["+", "-", "*", "/", "//", "%"])) \(part(.float)))"
            case 1: return "\(pick(["abs", "sqrt", "floor", "ceil", "-", "exp"]))(\(part(.float)))"
            case 2: return "\(pick(["min", "max"]))(\(part(.float)), \(part(.float)))"
            default: return "clip(\(part(.float)), -1, \(part(.float)))"
            }
        case .bool:
            switch random.number(0...5) {
            case 0: return "(\(part(.bool)) \(pick(["and", "or"])) \(part(.bool)))"
            case 1: return "(not \(part(.bool)))"
            case 2: return "is_null(\(part([.integer, .float, .string][random.number(0...2)])))"
            case 3: return "(\(part(.float)) \(pick(["<", "<=", "==", "!=", ">", ">="])) \(part(.float)))"
            case 4: return "(\(part(.integer)) in (\(part(.integer)), 3, \(part(.integer))))"
            default: return "(\(part(.string)) \(pick(["<", "<=", "==", "!=", ">", ">="])) \(part(.string)))"
            }
        case .string:
            switch random.number(0...4) {
            case 0: return "concat(\(part(.string)), \(part(.string)))"
            case 1: return "\(pick(["lower", "upper", "trim"]))(\(part(.string)))"
            case 2: return "replace(\(part(.string)), \(part(.string)), 'xy')"
            case 3: return "substring(\(part(.string)), \(pick(["0", "1", "k"])), \(pick(["1", "2", "i"])))"
            default: return "string(\(part(.integer)))"
            }
        default:
            return random.chance(0.5) ? "(\(part(.timestamp)) + 36h)" : "floor_time(\(part(.timestamp)), 1d)"
        }
    }
}
