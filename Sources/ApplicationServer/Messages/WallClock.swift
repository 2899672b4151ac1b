import IMS
import Octets

extension WallClock {
    /// The value of a Date header, RFC 3261 §20.17.
    static func date(_ time: Int64) -> String {
        let day = Int(clamping: max(time, 0) / 86_400)
        let second = Int(clamping: max(time, 0) % 86_400)
        let (year, month, dayOfMonth) = CivilDate.of(day: day)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekdays[day % 7]), \(two(dayOfMonth)) \(months[month - 1]) \(year) "
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
