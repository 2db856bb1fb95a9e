"""What people wrote in the synthetic referrals."""

LINES = {
    "giver": ("Nguyễn Thị Hoa", "Trần Thị Nga", "Lê Thị Sáu", "Phạm Thị Liên"),
    "duty": ("Thực hiện nhiệm vụ bảo vệ trẻ em theo Luật Trẻ em, cần phối hợp ngay.",),
    "recall": ("Gia đình đã tự đưa em đến cơ sở khác.",),
    "dispute": ("Đơn vị là nơi duy nhất trong tỉnh làm được việc này, em không thể chờ.",),
    "decided": ("Đã kiểm tra: đơn vị kín lịch thật. Sở giới thiệu nơi khác, gửi tiếp cho em.",),
    "question": ("Em đã khám ở đâu chưa, có giấy tờ y tế kèm theo không?",),
    "reply": ("Chưa khám ở đâu. Cán bộ xã sẽ đưa em đến và mang giấy khai sinh.",),
    "outcome": ("Đã làm xong việc được nhờ, tình trạng của em ổn định hơn.",),
}
NOTES = {
    "no_capacity": "Tuần này đã kín lịch, sớm nhất là thứ hai tuần sau.",
    "not_ours": "Việc này thuộc cơ sở trợ giúp xã hội.",
    "age_sex": "Đơn vị chỉ nhận trẻ em từ 6 tuổi.",
    "already_served": "Em đang được theo dõi tại đơn vị từ tháng trước.",
    "no_service": "Đơn vị tạm dừng dịch vụ này từ đầu quý.",
}
ASKED = {
    "emergency_care": ("Khám, xử trí vết thương; ghi nhận thương tích vào hồ sơ bệnh án.",),
    "prophylaxis": ("Khám và dự phòng trong 72 giờ; giữ lại quần áo, không tắm cho em trước.",),
    "health_care": ("Khám tổng quát, điều trị và hẹn khám lại sau hai tuần.",),
    "psychology": (
        "Em ngủ kém, giật mình, ít nói. Nhờ đánh giá tâm lý và tham vấn.",
        "Tham vấn cho em mỗi tuần một buổi trong hai tháng.",
    ),
    "child_safety": ("Yêu cầu người bị tố giác không đến gần em; tuần tra quanh nhà buổi tối.",),
    "crime_report": ("Tiếp nhận tố giác, lấy lời khai theo cách thân thiện với trẻ em.",),
    "legal_aid": ("Cử người bảo vệ quyền và lợi ích hợp pháp cho em.",),
    "safe_shelter": ("Nhận em vào tạm trú, ước chừng mười ngày.",),
    "social_work": ("Đánh giá nhu cầu, làm việc với gia đình về nơi ở lâu dài.",),
    "school_support": ("Giáo viên chủ nhiệm để ý, bố trí bạn đi cùng; không hỏi em về sự việc.",),
    "return_to_school": ("Xếp lớp phù hợp, miễn giảm các khoản đóng góp, cho mượn sách.",),
    "family_work": ("Thăm gia đình hai tuần một lần, hướng dẫn cách chăm sóc em.",),
    "birth_papers": ("Làm giấy khai sinh và thẻ bảo hiểm y tế cho em.",),
    "social_allowance": ("Xét trợ cấp xã hội hằng tháng cho em.",),
}
DONE = {
    "psychology": ("Buổi đầu 45 phút, em nói chuyện được, hẹn tuần sau.",),
    "health_care": ("Đã khám, cấp thuốc, hẹn khám lại.",),
    "emergency_care": ("Đã khám và xử trí vết thương, có giấy xác nhận.",),
    "prophylaxis": ("Đã khám, dùng thuốc dự phòng, hẹn xét nghiệm lại.",),
    "legal_aid": ("Đã cử trợ giúp viên, gặp em và gia đình lần đầu.",),
    "other": ("Đã làm theo đề nghị, em hợp tác tốt.",),
}
OUTSIDE_NAMES = {
    "school": "Trường Tiểu học của xã",
    "commune_pc": "Ủy ban nhân dân xã nơi gia đình ở",
    "health": "Trạm Y tế xã",
    "police": "Công an huyện ngoài tỉnh",
    "legal_aid": "Văn phòng luật sư",
    "shelter": "Nhà xã hội ngoài công lập",
}
DRAFTED = ("psychology", "legal_aid", "school_support")
