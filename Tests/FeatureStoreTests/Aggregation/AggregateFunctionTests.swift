import Columnar
import Testing

@testable import FeatureStore

@Suite struct AggregateFunctionTests {
    @Test func everySpellingIsReadBack() {
        for text in AggregateFunction.spellings {
            let function = AggregateFunction(text)
            #expect(function != nil, "\(text)")
            #expect(function.flatMap { AggregateFunction($0.description) } == function, "\(text)")
        }
        #expect(AggregateFunction("median")?.description == "quantile(0.5)")
    }

    @Test(arguments: [
        ("sum", "sum"), ("last_n(3)", "last_3"), ("quantile(0.95)", "p95"), ("quantile(0.999)", "p99_9"),
        ("quantile(0.07)", "p7"), ("quantile(1)", "p100"), ("median", "p50"), ("time_since_last", "time_since_last"),
        ("quantile(0.000001)", "p0_0001"),
    ])
    func functionsNameFeatures(text: String, name: String) {
        #expect(AggregateFunction(text)?.nameInFeatures == name)
    }

    @Test(arguments: [
        "", "Sum", "last_n", "last_n()", "last_n(0)", "last_n(1001)", "last_n(-1)", "last_n(3.5)", "quantile(1.5)",
        "quantile(nan)", "quantile(.5)", "quantile(0.1234567)", "quantile(0x1)", "sum()", "p95",
    ])
    func otherTextIsNoFunction(text: String) { #expect(AggregateFunction(text) == nil) }

    @Test func functionsFitTypes() {
        #expect(AggregateFunction.sum.outputType(of: .int32) == .int64)
        #expect(AggregateFunction.sum.outputType(of: .float32) == .float64)
        #expect(AggregateFunction.sum.outputType(of: .string) == nil)
        #expect(AggregateFunction.sum.outputType(of: nil) == nil)
        #expect(AggregateFunction.count.outputType(of: nil) == .int64)
        #expect(AggregateFunction.last.outputType(of: .vector(count: 3)) == .vector(count: 3))
        #expect(AggregateFunction.lastN(3).outputType(of: .timestamp) == .string)
        #expect(AggregateFunction.min.outputType(of: .string) == .string)
    }
}

@Suite struct AggregateWindowTests {
    private let second: Int64 = 1_000_000

    @Test func exactWindowsEndNow() {
        let window = AggregateWindow(length: .seconds(10))
        #expect(window.bounds(at: 25, hop: nil) == (25 - 10 * second, 25))
        let earlier = AggregateWindow(length: .seconds(10), offset: .seconds(5))
        #expect(earlier.bounds(at: 0, hop: nil) == (-15 * second, -5 * second))
    }

    @Test func hoppingWindowsStartAtAHop() {
        let window = AggregateWindow(length: .seconds(10))
        #expect(window.bounds(at: 25 * second + 1, hop: 4 * second) == (12 * second, 25 * second + 1))
        #expect(window.bounds(at: 3 * second, hop: 4 * second) == (-8 * second, 3 * second))
        let earlier = AggregateWindow(length: .seconds(10), offset: .seconds(5))
        #expect(earlier.bounds(at: 25 * second, hop: 4 * second) == (8 * second, 20 * second))
    }

    @Test func aLifetimeHasNoStart() {
        #expect(AggregateWindow(length: nil).bounds(at: 5, hop: 4) == (.min, 5))
        #expect(AggregateWindow(length: nil, offset: .seconds(1)).bounds(at: 0, hop: nil) == (.min, -second))
    }

    @Test func floorsGoTowardMinusInfinity() {
        for number in Int64(-20)...20 {
            let floored = number.floored(to: 7)
            #expect(floored % 7 == 0 && floored <= number && number < floored + 7)
        }
        #expect(Int64.min.floored(to: 7) == .min)
    }
}
