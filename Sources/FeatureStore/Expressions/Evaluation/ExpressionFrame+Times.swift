import Columnar

extension ExpressionFrame {
    func performOnTimes(_ step: Step) {
        let int = Int64.self
        switch step.operation {
        case .hour: timePart(step) { $0 / 3_600_000_000 % 24 }
        case .minute: timePart(step) { $0 / 60_000_000 % 60 }
        case .second: timePart(step) { $0 / 1_000_000 % 60 }
        case .year: datePart(step) { CivilDate.fromDays($0).year }
        case .month: datePart(step) { CivilDate.fromDays($0).month }
        case .day: datePart(step) { CivilDate.fromDays($0).day }
        // 1970-01-01 was a Thursday.
        case .weekday: datePart(step) { (($0 + 3) % 7 + 7) % 7 }
        case .dayOfYear:
            datePart(step) { days in
                days - (CivilDate.days(year: CivilDate.fromDays(days).year, month: 1, day: 1) ?? days) + 1
            }
        default:
            checkedBinary(step, int, int, int) { time, span in
                guard span > 0 else { return (0, false) }
                let rest = (time % span + span) % span
                let (start, isTooEarly) = time.subtractingReportingOverflow(rest)
                return (start, !isTooEarly)
            }
        }
    }

    /// `part` of the microseconds since the local midnight.
    @inline(__always)
    private func timePart(_ step: Step, _ part: (Int64) -> Int64) {
        local(step) { part($0 - Self.days($0) * Self.dayLength) }
    }

    /// `part` of the local date, in days since 1970.
    @inline(__always)
    private func datePart(_ step: Step, _ part: (Int64) -> Int64) { local(step) { part(Self.days($0)) } }

    @inline(__always)
    private func local(_ step: Step, _ part: (Int64) -> Int64) {
        guard step.parameter != ExpressionZone.utc else { return unary(step, Int64.self, Int64.self, part) }
        let zone = program.zones[step.parameter]
        unary(step, Int64.self, Int64.self) { part($0 &+ zone.offset(at: $0)) }
    }

    private static let dayLength: Int64 = 86_400_000_000

    private static func days(_ microseconds: Int64) -> Int64 {
        microseconds / dayLength - (microseconds % dayLength < 0 ? 1 : 0)
    }
}
