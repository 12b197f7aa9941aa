import Foundation

extension ExpressionFrame {
    func performComparison(_ step: Step) {
        let (int, double, text) = (Int64.self, Double.self, TextSlice.self)
        switch step.operation {
        case .equalIntegers: binary(step, int, int) { $0 == $1 ? 1 : 0 }
        case .unequalIntegers: binary(step, int, int) { $0 != $1 ? 1 : 0 }
        case .lessIntegers: binary(step, int, int) { $0 < $1 ? 1 : 0 }
        case .lessOrEqualIntegers: binary(step, int, int) { $0 <= $1 ? 1 : 0 }
        case .equalFloats: binary(step, double, int) { $0 == $1 ? 1 : 0 }
        case .unequalFloats: binary(step, double, int) { $0 != $1 ? 1 : 0 }
        case .lessFloats: binary(step, double, int) { $0 < $1 ? 1 : 0 }
        case .lessOrEqualFloats: binary(step, double, int) { $0 <= $1 ? 1 : 0 }
        case .equalTexts: binary(step, text, int) { Self.areEqual($0, $1) ? 1 : 0 }
        case .unequalTexts: binary(step, text, int) { Self.areEqual($0, $1) ? 0 : 1 }
        case .lessTexts: binary(step, text, int) { Self.order($0, $1) < 0 ? 1 : 0 }
        default: binary(step, text, int) { Self.order($0, $1) <= 0 ? 1 : 0 }
        }
    }

    private static func areEqual(_ a: TextSlice, _ b: TextSlice) -> Bool {
        a.count == b.count && memcmp(a.base, b.base, a.count) == 0
    }

    private static func order(_ a: TextSlice, _ b: TextSlice) -> Int {
        let common = memcmp(a.base, b.base, Swift.min(a.count, b.count))
        return common != 0 ? Int(common) : a.count - b.count
    }
}
